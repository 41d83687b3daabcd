import { constants } from 'node:fs';
import { access, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { commitSha, SHA_DIGITS, type CommitSha } from '../../contract/ids.js';
import { withBorrowedFolder } from './borrowed-folder.js';
import { GitError, lastLine, saysOutOfSpace } from '../process/git-errors.js';
import { runGit, type GitOutput } from '../process/git-process.js';
import { TIME_LIMIT, USER_GIT_BYTES } from '../process/git-limits.js';
import { readSpace } from '../../shared/files/disk-space.js';
import { ProcessTimeoutError } from '../../shared/process/child-process.js';
import { errorCode } from '../../shared/error-code.js';
import { exists } from '../../shared/files/exists.js';
import { readPlainFile } from './plain-file.js';
import { checkNoLinks } from './user-folder.js';

/** The part of a UserRepository that is needed to write a branch into it. */
export interface BranchHome {
  readonly root: string;
  readonly gitDir: string;
}

/** The file of a branch, and that of a HEAD, which names a branch or a commit. */
const BRANCH_FILE = new RegExp(`^(${SHA_DIGITS})\\n?$`);
const HEAD_FILE = new RegExp(`^(?:ref: (refs/\\S+)|(${SHA_DIGITS}))\\n?$`);

const OTHER_ID = 'Give the run another id (--id)';

/**
 * Checks that a branch of the user's repository can be written later, and leaves the repository unchanged.
 *
 * @param ours commits at which the branch may exist already
 * @throws EnvironmentError when git does not allow the name, the branch is checked out, conflicts with the name of
 *   another branch, exists at another commit, is locked, or the folder cannot be written
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
  try {
    await checkTip(repository, branch, ours);
  } catch {
    // A repeated request of the same run may be creating the branch at this moment.
    await sleep(RETRY_MS);
    await checkTip(repository, branch, ours);
  }
}

/** Longer than git holds the lock of one ref. */
const RETRY_MS = 200;

/** Checks that the branch is where it may be, and that its file can be written. */
async function checkTip(
  repository: BranchHome & { readonly head: CommitSha },
  branch: string,
  ours: readonly CommitSha[],
): Promise<void> {
  const current = await branchTip(repository, branch);
  if (current !== null && !ours.includes(current)) {
    throw new EnvironmentError(
      `the branch ${branch} exists in ${repository.root} already, at ${current}`,
      `${OTHER_ID}, or rename it: git branch -m ${branch} NEW-NAME.`,
    );
  }
  await checkWrite(repository, branch, current);
}

/**
 * The commit that a branch of the user's repository points to; null when there is no such branch.
 *
 * @throws EnvironmentError when the repository cannot be read
 */
export async function branchTip(repository: BranchHome, branch: string): Promise<CommitSha | null> {
  const { gitDir, root } = repository;
  // Branches that moved lately have a file of their own. What is not plainly one is left to git.
  const file = await readPlainFile(join(gitDir, 'refs', 'heads', branch));
  const plain = BRANCH_FILE.exec(file ?? '')?.[1];
  if (plain !== undefined) return commitSha(plain);
  try {
    const { exitCode, stdout } = await git(gitDir, {
      args: ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`],
      accept: [0, 1],
    });
    return exitCode === 0 ? commitSha(stdout.toString('latin1').trim()) : null;
  } catch (error) {
    if (!isOfRepository(repository, error)) throw error;
    throw new EnvironmentError(
      `the branch ${branch} can't be read in ${root}: ${reasonOf(error) ?? 'unknown'}`,
      "Run `git fsck` there, and make the repository's git folder readable.",
      { cause: error },
    );
  }
}

/** The commit of HEAD; null when it points to nothing. */
export async function headCommit({ gitDir }: BranchHome): Promise<CommitSha | null> {
  const { exitCode, stdout } = await git(gitDir, {
    args: ['rev-parse', '--verify', '--quiet', 'HEAD'],
    accept: [0, 1],
  });
  return exitCode === 0 ? commitSha(stdout.toString('latin1').trim()) : null;
}

/** Whether `commit` is `newer` or an ancestor of it in the user's repository. False when either does not exist. */
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

/** The commits reachable from `newer` but not from `earlier`. Empty when either does not exist. */
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

/** Finds the work tree that has a branch checked out, or the bare repository whose HEAD it is; null when none. */
export async function findCheckout({ gitDir, root }: BranchHome, branch: string): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  if (await isSurelyFree(gitDir, ref)) return null;
  const { stdout } = await git(gitDir, { args: ['worktree', 'list', '--porcelain', '-z'] });
  // Records end with an empty line. The first line of a record names its folder.
  for (const record of stdout.toString('utf8').split('\0\0')) {
    const lines = record.split('\0');
    if (lines.includes(`branch ${ref}`)) return (lines[0] ?? '').replace(/^worktree /, '');
  }
  // A bare repository is listed without its branch.
  const head = await git(gitDir, { args: ['symbolic-ref', '--quiet', 'HEAD'], accept: [0, 1] });
  return head.stdout.toString('utf8').trim() === ref ? root : null;
}

/** Whether the HEAD of the repository and of each worktree plainly names something else. Otherwise git has to tell. */
async function isSurelyFree(gitDir: string, ref: string): Promise<boolean> {
  if (await exists(join(gitDir, 'reftable'))) return false;
  const names = await readdir(join(gitDir, 'worktrees')).catch((error: unknown) =>
    errorCode(error) === 'ENOENT' ? [] : null,
  );
  if (names === null) return false;
  const folders = [gitDir, ...names.map((name) => join(gitDir, 'worktrees', name))];
  const heads = await Promise.all(folders.map((folder) => readPlainFile(join(folder, 'HEAD'))));
  return heads.every((head) => {
    const [, named, commit] = HEAD_FILE.exec(head ?? '') ?? [];
    return commit !== undefined || (named !== undefined && named !== ref);
  });
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

/** Branches `a` and `a/b` cannot both exist: git would need a file and a folder of the same name. */
async function checkConflictingNames({ gitDir, root }: BranchHome, branch: string): Promise<void> {
  const parts = branch.split('/');
  const parents = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
  const { stdout } = await git(gitDir, {
    args: [
      'for-each-ref',
      '--format=%(refname)',
      ...parents.map((name) => `refs/heads/${name}`),
      `refs/heads/${branch}/`,
    ],
  });
  const found = stdout
    .toString('utf8')
    .split('\n')
    .map((ref) => ref.replace('refs/heads/', ''));
  const conflicting = found.find((name) => parents.includes(name) || name.startsWith(`${branch}/`));
  if (conflicting === undefined) return;
  throw new EnvironmentError(
    `${root} has a branch ${conflicting}, so there can't be one called ${branch}`,
    `Rename it: git branch -m ${conflicting} NEW-NAME.`,
  );
}

/** Performs the write up to the point of committing it: a prepared ref transaction is aborted. */
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
    throw await writeError(root, branch, error);
  } finally {
    // git leaves the folder of its lock. rmdir removes it only when it is empty.
    await rmdir(dirname(join(gitDir, ref))).catch(() => undefined);
  }
}

/**
 * Whether an error is about the user's repository: git failed or hung, or a file in its git folder could not be read or
 * written. A retry does not fix that, but a person may.
 */
export function isOfRepository({ gitDir }: BranchHome, error: unknown): boolean {
  if (error instanceof GitError || error instanceof ProcessTimeoutError) return true;
  if (!(error instanceof Error) || errorCode(error) === null) return false;
  return 'path' in error && typeof error.path === 'string' && `${error.path}/`.startsWith(`${gitDir}/`);
}

/** Wraps the error of a failed write of the branch or its objects for the user. Other values pass unchanged. */
export async function writeError(root: string, branch: string, error: unknown): Promise<unknown> {
  const reason = reasonOf(error);
  if (reason === null) return error;
  const what = `the branch ${branch} can't be written in ${root}`;
  if (saysOutOfSpace(error) || (await isFull(root))) {
    return new EnvironmentError(
      `${what}: no space is left on its disk (${reason})`,
      `Free space there (\`df -h\`, \`df -i\`), or raise your quota.`,
      { cause: error },
    );
  }
  return new EnvironmentError(
    `${what}: ${reason}`,
    "Make the repository's git folder writable; when a lock file is named and no git is running, remove it.",
    { cause: error },
  );
}

/** Less than this is no room for a few objects and a ref. */
const FULL_BELOW_BYTES = 64 * 1024;

/** Whether the disk of a folder is full: git does not always give the reason why it could not write. */
async function isFull(folder: string): Promise<boolean> {
  const space = await readSpace(folder);
  return space !== null && (space.bytes < FULL_BELOW_BYTES || space.files === 0);
}

function reasonOf(error: unknown): string | null {
  if (error instanceof GitError) return lastLine(error.stderr);
  return error instanceof Error ? error.message : null;
}

/** A short git command on the user's git folder. */
function git(
  gitDir: string,
  run: { readonly args: readonly string[]; readonly input?: string; readonly accept?: readonly number[] },
): Promise<GitOutput> {
  return runGit({ gitDir, cwd: gitDir, timeLimitMs: TIME_LIMIT.few, memoryBytes: USER_GIT_BYTES, ...run });
}
