import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import { withBorrowedFolder, type Borrow } from './borrowed-folder.js';
import { GitError, lastLine, saysOutOfSpace } from '../process/git-errors.js';
import { pipeChildren, runGit, startGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import type { NamedObject } from '../objects/object-name.js';
import { isKept, isWritten, OBJECTS_AT_ONCE, writeLooseObject } from '../objects/object-writer.js';
import { removeStaleLock } from '../process/lock-file.js';
import type { GitStore } from '../store/git-store.js';
import { NO_COMMIT } from '../store/refs.js';
import { errorCode } from '../../shared/error-code.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { forEachConcurrently } from '../../shared/async/for-each-concurrently.js';
import { checkNoLinks } from './user-folder.js';
import { branchTip, findCheckout, isOfRepository, writeError, type BranchHome } from './user-branch.js';

/**
 * Result of publishing. `already`: the branch was at the commit. `lost`: the branch was at another commit than expected
 * and was not moved. `checked-out`: the branch is checked out and was not moved, since the files of the work tree would
 * no longer match it.
 */
export type PublishResult = 'moved' | 'already' | 'lost' | 'checked-out';

/**
 * Where a branch is before it is published: at a commit, or absent. Then `base` is the commit that the run started from,
 * which the repository has completely.
 */
export type PublishedBefore = CommitSha | { readonly base: CommitSha };

/** What publishing reads from the store. */
type PublishedStore = Pick<GitStore, 'gitDir' | 'folderOf' | 'newObjects'>;

/** Another process may be writing the branch at this moment, or was killed while it did: try again in a minute. */
export class BranchLockedError extends EnvironmentError {
  override readonly name = 'BranchLockedError';
}

/**
 * Copies a commit of the store into the user's repository and moves a branch there to it, if it is where it
 * is expected to be. Runs no hook and writes only new objects, the one ref and its log. When killed half-way, it
 * leaves at most unreachable objects and the lock of the branch, and a retry completes it.
 *
 * @param borrow lends a borrowed folder; by default, one that is made for this call
 * @throws BranchLockedError when the branch is locked, until its lock is old enough to be removed
 * @throws EnvironmentError when the repository cannot be read or written, or no longer has the commit that the run started
 *   from, or when the store cannot be read
 */
export async function publishBranch(
  repository: BranchHome,
  store: PublishedStore,
  branch: string,
  commit: CommitSha,
  from: PublishedBefore,
  borrow: Borrow = (gitDir, use) => withBorrowedFolder(gitDir, { parent: store.gitDir }, use),
): Promise<PublishResult> {
  const [expected, known] = typeof from === 'string' ? [from, from] : [null, from.base];
  const before = await branchTip(repository, branch);
  if (before === commit) return 'already';
  if (before !== expected) return 'lost';
  try {
    await checkNoLinks(repository.gitDir, branch);
    return await borrow(repository.gitDir, async (borrowed) => {
      if (!(await copyFewObjects(repository, borrowed, store, { branch, commit, expected })))
        await copyObjects(
          { root: repository.root, gitDir: borrowed },
          await readStore(store, () => store.folderOf(commit)),
          commit,
          known,
        );
      // As late as possible: git has no lock that would prevent a checkout in the meantime.
      if ((await findCheckout(repository, branch)) !== null) return 'checked-out';
      return await moveBranch(repository, borrowed, branch, commit, expected);
    });
  } catch (error) {
    throw isOfRepository(repository, error) ? await writeError(repository.root, branch, error) : error;
  }
}

async function moveBranch(
  repository: BranchHome,
  borrowed: string,
  branch: string,
  commit: CommitSha,
  expected: CommitSha | null,
) {
  for (;;) {
    try {
      await runGit({
        gitDir: borrowed,
        cwd: borrowed,
        args: [
          ...['update-ref', '--no-deref', '-m', 'leadwright: landed'],
          ...[`refs/heads/${branch}`, commit, expected ?? NO_COMMIT],
        ],
        timeLimitMs: TIME_LIMIT.few,
      });
      return 'moved';
    } catch (error) {
      const current = await branchTip(repository, branch);
      if (current === commit) return 'already';
      if (current !== expected) return 'lost';
      if (!(await clearLock(repository, branch, error))) throw error;
    }
  }
}

/**
 * Removes the lock of the branch that a killed git left behind: the branch is Leadwright's own. Other locks belong to the
 * user. Call it only after `checkNoLinks`.
 * @returns whether it removed one, so that the write can be repeated
 * @throws BranchLockedError when a process may hold the lock
 */
async function clearLock({ root, gitDir }: BranchHome, branch: string, failure: unknown): Promise<boolean> {
  if (!(failure instanceof GitError) || saysOutOfSpace(failure)) return false;
  const lock = join(gitDir, 'refs', 'heads', `${branch}.lock`);
  const found = await removeStaleLock(lock);
  if (found !== 'held') return found === 'removed';
  throw new BranchLockedError(
    `the branch ${branch} is locked in ${root}, by ${lock}`,
    'Try again in a minute: Leadwright removes the lock if a killed process left it behind.',
    { cause: failure },
  );
}

/**
 * Copies the objects of a few commits without a git process. As git does, it leaves to the operating system when they are
 * on disk.
 *
 * @returns false when git has to copy them
 */
async function copyFewObjects(
  { root, gitDir }: BranchHome,
  borrowed: string,
  store: PublishedStore,
  {
    branch,
    commit,
    expected,
  }: { readonly branch: string; readonly commit: CommitSha; readonly expected: CommitSha | null },
): Promise<boolean> {
  // Objects in files are certain only for a commit that this function copied before, and after no repack.
  if (expected === null || !(await isWritten(gitDir, expected, false))) return false;
  // Files that a group shares need permissions of their own.
  if (/sharedrepository/i.test(readFileSync(join(borrowed, 'config'), 'latin1'))) return false;
  const objects = await readStore(store, () => store.newObjects(commit, expected));
  if (objects === null) return false;
  const atOnce = await isOnDiskOf(store.gitDir, gitDir);
  const copy = async (object: NamedObject) => {
    if (await isKept(gitDir, object.sha, atOnce)) return;
    await writeLooseObject(gitDir, object, { flush: false, atOnce }).catch(async (error: unknown) => {
      throw errorCode(error) === null ? error : await writeError(root, branch, error);
    });
  };
  const commits = objects.filter(({ type }) => type === 'commit');
  const others = objects.filter(({ type }) => type !== 'commit');
  await forEachConcurrently(others, OBJECTS_AT_ONCE, copy);
  // Commits last, each after its parent: a commit that exists is then complete.
  for (const commit of commits) await copy(commit);
  return true;
}

/**
 * Whether the user's repository is on the disk of the store. Another one may be slow, or not answer at all: this process does
 * not wait for it.
 */
async function isOnDiskOf(store: string, gitDir: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(store), stat(gitDir)]);
  return one.dev === other.dev;
}

/**
 * Copies the objects that the repository lacks: those not reachable from `known`, a commit that it has completely: the branch's
 * tip or, for a new branch, the run's base. A single object that exists proves nothing: it may be left over from an
 * interrupted copy.
 */
async function copyObjects(
  { root, gitDir }: BranchHome,
  storeDir: string,
  commit: CommitSha,
  known: CommitSha,
): Promise<void> {
  await requireCommit(root, gitDir, known, storeDir);
  if (known === commit) return;
  const pack = startGit({
    gitDir: storeDir,
    args: ['pack-objects', '--revs', '--thin', '--stdout', '--quiet', '--delta-base-offset'],
    timeLimitMs: TIME_LIMIT.bulk,
  });
  const unpack = startGit({
    gitDir,
    cwd: gitDir,
    args: ['unpack-objects', '-q'],
    timeLimitMs: TIME_LIMIT.bulk,
  });
  pack.stdin.end([commit, `^${known}`, ''].join('\n'));
  await pipeChildren({ name: PACK, child: pack }, { name: 'git unpack-objects', child: unpack }).catch(
    (error: unknown) => {
      throw error instanceof GitError && error.command === PACK ? storeError(storeDir, error) : error;
    },
  );
}

const PACK = 'git pack-objects';

/** Reads from the store. A failure of git there says nothing about the user's repository. */
async function readStore<T>({ gitDir }: PublishedStore, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof GitError ? storeError(gitDir, error) : error;
  }
}

function storeError(folder: string, error: GitError): EnvironmentError {
  return new EnvironmentError(
    `Leadwright's git store ${folder} cannot be read: ${lastLine(error.stderr)}`,
    'Run `leadwright doctor --repair`: it says what is damaged, and how to restore it.',
    { cause: error },
  );
}

async function requireCommit(
  root: string,
  gitDir: string,
  commit: CommitSha,
  storeDir: string,
): Promise<void> {
  const { exitCode } = await runGit({
    gitDir,
    cwd: gitDir,
    args: ['cat-file', '-e', `${commit}^{commit}`],
    accept: [0, 1, 128],
    timeLimitMs: TIME_LIMIT.few,
  });
  if (exitCode === 0) return;
  throw new EnvironmentError(
    `${root} no longer has the commit ${commit} that the run started from`,
    `Take it back from Leadwright's git store:  git -C ${quoteIfNeeded(root)} fetch ${quoteIfNeeded(storeDir)} ${commit}:refs/heads/leadwright-restored`,
  );
}

/**
 * Deletes a branch of the user's repository that is still at the commit at which it was created, unless it is checked out.
 * Runs no hook. Does nothing when the branch is elsewhere or gone.
 *
 * @returns whether this call deleted it
 * @throws EnvironmentError when the repository cannot be written
 */
export async function deleteBranch(repository: BranchHome, branch: string, at: CommitSha): Promise<boolean> {
  if ((await branchTip(repository, branch)) !== at) return false;
  try {
    if ((await findCheckout(repository, branch)) !== null) return false;
    await checkNoLinks(repository.gitDir, branch);
    return await withBorrowedFolder(repository.gitDir, {}, async (borrowed) => {
      await runGit({
        gitDir: borrowed,
        cwd: borrowed,
        args: ['update-ref', '--no-deref', '-d', `refs/heads/${branch}`, at],
        timeLimitMs: TIME_LIMIT.few,
      });
      return true;
    });
  } catch (error) {
    if ((await branchTip(repository, branch)) !== at) return false;
    throw isOfRepository(repository, error) ? await writeError(repository.root, branch, error) : error;
  }
}
