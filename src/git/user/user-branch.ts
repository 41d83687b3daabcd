import { constants } from 'node:fs';
import { access, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { commitSha, type CommitSha } from '../../contract/ids.js';
import { withBorrowedFolder } from './borrowed-folder.js';
import { GitError, lastLine } from '../process/git-errors.js';
import { runGit, type GitOutput } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { checkNoLinks } from './user-folder.js';

/** What is needed of a UserRepository to write a branch into it. */
export interface BranchHome {
  readonly root: string;
  readonly gitDir: string;
}

const OTHER_ID = 'Give the run another id (--id)';

/**
 * Throws an EnvironmentError when a branch of the user's repository could not be written later: a name that
 * git does not allow, checked out somewhere, in the way of another branch, there already at a commit that is
 * not one of `ours`, locked, or in a folder that can't be written. Leaves nothing behind.
 */
export async function checkBranchWritable(
  repository: BranchHome & { readonly head: CommitSha },
  branch: string,
  ours: readonly CommitSha[] = [],
): Promise<void> {
  await checkName(repository, branch);
  const folder = await findCheckout(repository, branch);
  if (folder !== null) {
    throw new EnvironmentError(
      `the branch ${branch} is checked out in ${folder}`,
      `Switch to another branch there (git switch -), or remove that worktree.`,
    );
  }
  await checkConflictingNames(repository, branch);
  const current = await branchTip(repository, branch);
  if (current !== null && !ours.includes(current)) {
    throw new EnvironmentError(
      `the branch ${branch} exists in ${repository.root} already, at ${current}`,
      `${OTHER_ID}, or rename it: git branch -m ${branch} NEW-NAME.`,
    );
  }
  await checkWrite(repository, branch, current);
}

/** Where a branch of the user's repository stands; null when there is none. */
export async function branchTip({ gitDir }: BranchHome, branch: string): Promise<CommitSha | null> {
  const { exitCode, stdout } = await git(gitDir, {
    args: ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`],
    accept: [0, 1],
  });
  return exitCode === 0 ? commitSha(stdout.toString('latin1').trim()) : null;
}

/** Whether a commit of the user's repository is another one or comes after it; false when either is not there. */
export async function isAncestor(
  { gitDir }: BranchHome,
  commit: CommitSha,
  newer: CommitSha,
): Promise<boolean> {
  return withBorrowedFolder(gitDir, {}, async (borrowed) => {
    const { exitCode } = await git(borrowed, {
      args: ['merge-base', '--is-ancestor', commit, newer],
      // 128: a commit that is not there.
      accept: [0, 1, 128],
    });
    return exitCode === 0;
  });
}

/** The commits that one of the user's repository has and an earlier one has not; none when either is not there. */
export async function commitsSince(
  { gitDir }: BranchHome,
  earlier: CommitSha,
  newer: CommitSha,
): Promise<ReadonlySet<CommitSha>> {
  return withBorrowedFolder(gitDir, {}, async (borrowed) => {
    const { exitCode, stdout } = await runGit({
      gitDir: borrowed,
      cwd: borrowed,
      args: ['rev-list', newer, `^${earlier}`, '--'],
      // 128: a commit that is not there.
      accept: [0, 128],
      timeLimitMs: TIME_LIMIT.tree,
    });
    const lines = exitCode === 0 ? stdout.toString('latin1').split('\n') : [];
    return new Set(lines.filter((line) => line !== '').map(commitSha));
  });
}

/** The work tree that has a branch checked out (or the bare repository whose HEAD it is), or null. */
export async function findCheckout({ gitDir, root }: BranchHome, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  const { stdout } = await git(gitDir, { args: ['worktree', 'list', '--porcelain', '-z'] });
  // Records end with an empty line; the first line of one is its folder.
  for (const record of stdout.toString('utf8').split('\0\0')) {
    const lines = record.split('\0');
    if (lines.includes(`branch ${ref}`)) return (lines[0] ?? '').replace(/^worktree /, '');
  }
  // A bare repository is listed without its branch.
  const head = await git(gitDir, { args: ['symbolic-ref', '--quiet', 'HEAD'], accept: [0, 1] });
  return head.stdout.toString('utf8').trim() === ref ? root : null;
}

async function checkName({ gitDir }: BranchHome, branch: string): Promise<void> {
  const { exitCode } = await git(gitDir, {
    args: ['check-ref-format', `refs/heads/${branch}`],
    accept: [0, 1],
  });
  if (exitCode === 0) return;
  throw new EnvironmentError(
    `git does not allow a branch called ${branch}`,
    `${OTHER_ID}: no two dots in a row, no dot and no .lock at its end.`,
  );
}

/** A branch `a` and a branch `a/b` can't both be: one is a file where the other is a folder. */
async function checkConflictingNames({ gitDir, root }: BranchHome, branch: string): Promise<void> {
  const parts = branch.split('/');
  const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
  const { stdout } = await git(gitDir, {
    args: [
      'for-each-ref',
      '--format=%(refname)',
      ...above.map((name) => `refs/heads/${name}`),
      `refs/heads/${branch}/`,
    ],
  });
  const found = stdout
    .toString('utf8')
    .split('\n')
    .map((ref) => ref.replace('refs/heads/', ''));
  const inTheWay = found.find((name) => above.includes(name) || name.startsWith(`${branch}/`));
  if (inTheWay === undefined) return;
  throw new EnvironmentError(
    `${root} has a branch ${inTheWay}, so there can't be one called ${branch}`,
    `Rename it: git branch -m ${inTheWay} NEW-NAME.`,
  );
}

/** Takes every step of the write but the last. */
async function checkWrite(
  { gitDir, root, head }: BranchHome & { head: CommitSha },
  branch: string,
  current: CommitSha | null,
) {
  await checkNoLinks(gitDir, branch);
  const ref = `refs/heads/${branch}`;
  const command = current === null ? `create ${ref} ${head}` : `update ${ref} ${current} ${current}`;
  try {
    await access(join(gitDir, 'objects'), constants.W_OK);
    await withBorrowedFolder(gitDir, {}, async (borrowed) => {
      await git(borrowed, {
        args: ['update-ref', '--no-deref', '--stdin'],
        input: ['start', command, 'prepare', 'abort', ''].join('\n'),
      });
    });
  } catch (error) {
    throw writeError(root, branch, error);
  } finally {
    // git leaves the lock's folder; rmdir takes it only when it is empty, as it should be.
    await rmdir(dirname(join(gitDir, ref))).catch(() => undefined);
  }
}

/** What a failed write of the branch, or of its objects, is thrown as. */
export function writeError(root: string, branch: string, error: unknown): unknown {
  const reason =
    error instanceof GitError ? lastLine(error.stderr) : error instanceof Error ? error.message : null;
  if (reason === null) return error;
  return new EnvironmentError(
    `the branch ${branch} can't be written in ${root}: ${reason}`,
    "Make the repository's git folder writable; when a lock file is named and no git is running, remove it.",
    { cause: error },
  );
}

/** A short git command on the user's git folder. */
function git(
  gitDir: string,
  run: { readonly args: readonly string[]; readonly input?: string; readonly accept?: readonly number[] },
): Promise<GitOutput> {
  return runGit({ gitDir, cwd: gitDir, timeLimitMs: TIME_LIMIT.few, ...run });
}
