import { lstat, readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { commitSha, SHA_DIGITS, type CommitSha } from '../../contract/ids.js';
import { withBorrowedFolder } from './borrowed-folder.js';
import { ProcessTimeoutError } from '../../shared/process/child-process.js';
import { GitError } from '../process/git-errors.js';
import { checkGitVersion, runGit } from '../process/git-process.js';
import { TIME_LIMIT, USER_GIT_BYTES } from '../process/git-limits.js';
import { exists } from '../../shared/files/exists.js';
import { copyPlainFile } from './plain-file.js';
import { findLfsFiles } from './pointer-files.js';
import { pathBytes } from '../objects/path-bytes.js';
import { escapesTree } from '../objects/tree-path.js';
import { listTree, type TreeEntry } from '../objects/tree-reader.js';
import { checkPatterns } from './slow-patterns.js';
import { checkOwnFolder } from './user-folder.js';

/** The state of a user's repository at the time of inspection. */
export interface UserRepository {
  /** The root of the work tree; for a bare repository its git folder. */
  readonly root: string;
  /** The git folder, which all work trees share. */
  readonly gitDir: string;
  readonly head: CommitSha;
  /** Paths with uncommitted changes, and new files and folders (`new/`) that are not ignored. */
  readonly uncommitted: readonly string[];
  /** Paths of submodules in HEAD. */
  readonly submodules: readonly string[];
  /** Paths in HEAD whose content is a Git LFS pointer. */
  readonly lfsFiles: readonly string[];
}

/**
 * Inspects the repository that contains a folder. Writes nothing, and runs none of its hooks, filters, fsmonitor or
 * fetches.
 *
 * @throws EnvironmentError when there is no such folder, no repository, no commit or no git, or git cannot read the
 *   repository
 */
export async function inspectRepository(folder: string): Promise<UserRepository> {
  await checkFolder(folder);
  await checkGitVersion(TIME_LIMIT.few);
  const { root, gitDir, bare } = await locate(folder);
  return withReadErrors(root, async () => {
    if (!bare) await checkOwnFolder(root);
    const head = await readHead(root);
    return withBorrowedFolder(gitDir, { head }, async (borrowed) => {
      await requireCommit(borrowed, head);
      const entries = await listTree(borrowed, head);
      checkNames(root, head, entries);
      await checkDate(root, borrowed, head);
      await checkPatterns(root, borrowed, entries);
      return {
        root,
        gitDir,
        head,
        uncommitted: bare ? [] : await listUncommitted({ root, gitDir }, borrowed),
        submodules: entries.filter(({ mode }) => mode === '160000').map(({ path }) => path),
        lfsFiles: await findLfsFiles(borrowed, entries, join(gitDir, 'info', 'attributes')),
      };
    });
  });
}

/** The root of the repository around a folder; null when there is none. Reads nothing of its content. */
export async function findRepositoryRoot(folder: string): Promise<string | null> {
  return (await find(folder))?.root ?? null;
}

/** The git folder of the repository around a folder, which its work trees share; null when there is none. */
export async function findGitFolder(folder: string): Promise<string | null> {
  return (await find(folder))?.gitDir ?? null;
}

async function find(folder: string): Promise<Awaited<ReturnType<typeof locate>> | null> {
  return locate(folder).catch((error: unknown) => {
    if (error instanceof EnvironmentError) return null;
    throw error;
  });
}

/**
 * Checks that the files of a commit can be written into a folder, for a commit that somebody else may have forged.
 *
 * @throws EnvironmentError when they cannot, or git cannot read them
 */
export async function requireCheckoutable(gitDir: string, commit: CommitSha): Promise<void> {
  await withReadErrors(gitDir, async () => {
    const entries = await listTree(gitDir, commit);
    checkNames(gitDir, commit, entries);
    await checkDate(gitDir, gitDir, commit);
    await checkPatterns(gitDir, gitDir, entries);
  });
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory() === true) return;
  throw new EnvironmentError(
    `${folder} is not a folder`,
    'Give the folder of a git repository (--repo), or run in one.',
  );
}

/** Makes a first commit, also in an empty folder. */
export const FIRST_COMMIT = 'git add -A && git commit --allow-empty -m "Start"';

interface Located extends Pick<UserRepository, 'root' | 'gitDir'> {
  readonly bare: boolean;
}

async function locate(folder: string): Promise<Located> {
  try {
    const found = await revParse(
      folder,
      ...['--is-bare-repository', '--path-format=absolute', '--git-common-dir'],
    );
    // A folder's name may have line breaks.
    const [isBare, ...gitFolder] = found.split('\n');
    const [bare, gitDir] = [isBare === 'true', gitFolder.join('\n')];
    return { root: bare ? gitDir : await revParse(folder, '--show-toplevel'), gitDir, bare };
  } catch (error) {
    if (error instanceof ProcessTimeoutError) throw unreadableError(folder, error);
    if (!(error instanceof GitError)) throw error;
    if (/not a git repository/.test(error.stderr)) {
      throw new EnvironmentError(
        `${folder} is not in a git repository`,
        `Give the folder of one (--repo), or make one: git init && ${FIRST_COMMIT}.`,
      );
    }
    if (/must be run in a work tree/.test(error.stderr)) {
      throw new EnvironmentError(`${folder} is inside git's own folder`, 'Give the folder of the work tree.');
    }
    throw unreadableError(folder, error);
  }
}

async function readHead(root: string): Promise<CommitSha> {
  const { exitCode, stdout, stderr } = await runGit({
    gitDir: null,
    cwd: root,
    args: ['rev-parse', '--verify', '--quiet', 'HEAD'],
    // 128: it cannot be read, or names nothing that could be a branch.
    accept: [0, 1, 128],
    timeLimitMs: TIME_LIMIT.few,
    memoryBytes: USER_GIT_BYTES,
  });
  if (exitCode === 0) return commitSha(stdout.toString('latin1').trim());
  if (stderr !== '') throw new GitError('git rev-parse', exitCode, stderr);
  throw new EnvironmentError(
    `${root} has no commit yet: HEAD points to nothing`,
    `Make one: ${FIRST_COMMIT}.`,
  );
}

async function requireCommit(borrowed: string, head: CommitSha): Promise<void> {
  await runGit({
    gitDir: borrowed,
    args: ['cat-file', '-e', `${head}^{commit}`],
    timeLimitMs: TIME_LIMIT.few,
    memoryBytes: USER_GIT_BYTES,
  });
}

/** The longest name that file systems of Linux accept, in bytes. */
const MAX_NAME_BYTES = 255;
/** Linux accepts 4,096 bytes for a whole path. The rest is for the folder of the checkout. */
const MAX_PATH_BYTES = 3_800;

/** Whether no test can have the file: its sandbox could not be set up, and every attempt would fail. */
function isTooLong(path: Buffer): boolean {
  if (path.length <= MAX_NAME_BYTES) return false;
  return (
    path.length > MAX_PATH_BYTES ||
    path
      .toString('latin1')
      .split('/')
      .some((name) => name.length > MAX_NAME_BYTES)
  );
}

/** How much of a path an error shows. */
const SHOWN = 200;
const shortened = (path: string): string => (path.length > SHOWN ? `${path.slice(0, SHOWN)}…` : path);

/** The largest time that an entry of a tar archive holds without an extension: 33 bits of seconds, in the year 2242. */
const MAX_SECONDS = 2 ** 33 - 1;

/** Refuses a commit whose date no archive of its files can carry, because every test would fail to unpack it. */
async function checkDate(root: string, borrowed: string, head: CommitSha): Promise<void> {
  const { stdout } = await runGit({
    gitDir: borrowed,
    args: ['rev-list', '--timestamp', '--max-count=1', head],
    timeLimitMs: TIME_LIMIT.few,
    memoryBytes: USER_GIT_BYTES,
  });
  if (Number(stdout.toString('latin1').split(' ')[0]) <= MAX_SECONDS) return;
  throw new EnvironmentError(
    `the commit ${head} of ${root} has an invalid date`,
    'Make a commit with the right date on top of it (git commit --allow-empty), and find out who created it.',
  );
}

/** Refuses paths that git neither commits nor checks out. A forged commit could use them to write anywhere. */
function checkNames(root: string, head: CommitSha, entries: readonly TreeEntry[]): void {
  const escaping = entries.find(
    ({ path }) => escapesTree(path.replace(/^"([^]*)"$/, '$1')) || isTooLong(pathBytes(path)),
  );
  if (escaping === undefined) return;
  throw new EnvironmentError(
    `the commit ${head} of ${root} has a file ${JSON.stringify(shortened(escaping.path))}, which git cannot check out`,
    'Remove it from the commit (git rm --cached), and find out who created it.',
  );
}

/**
 * Compares the work tree with HEAD through a borrowed folder: in the repository itself, git would run the filters that
 * attributes name for modified files. A filtered file may therefore count as changed, which only leads to a warning.
 */
async function listUncommitted(
  { root, gitDir }: Pick<UserRepository, 'root' | 'gitDir'>,
  borrowed: string,
): Promise<string[]> {
  // Each work tree has its own.
  const index = await revParse(root, '--path-format=absolute', '--git-path', 'index');
  const excluded = join(gitDir, 'info', 'exclude');
  if (await exists(excluded)) await symlink(excluded, join(borrowed, 'info', 'exclude'));
  await copySharedIndex(dirname(index), borrowed);
  const { stdout } = await runGit({
    gitDir: borrowed,
    cwd: root,
    options: ['--work-tree=.'],
    // For submodules git would start another git, with the submodule's hooks and filters.
    args: [
      'status',
      '--porcelain',
      '-z',
      '--untracked-files=normal',
      '--ignore-submodules=all',
      '--no-renames',
    ],
    env: { GIT_INDEX_FILE: index },
    timeLimitMs: TIME_LIMIT.tree,
    memoryBytes: USER_GIT_BYTES,
  });
  // Each entry has two letters and a space before its path.
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]));
}

/**
 * Bytes of all shared files of a split index, in the folder of temporary files. An index has about a hundred for each file
 * of the repository, and git keeps a shared file for two weeks after its last use.
 */
const SHARED_INDEX_BYTES = 512 * 1024 * 1024;

/** The name of a shared file of a split index. */
const SHARED_INDEX = new RegExp(`^sharedindex\\.${SHA_DIGITS}$`);

/**
 * Copies the shared files of a split index, the last used ones first. Links would not do: git updates the date of the ones
 * that it reads. Without one that it needs, git reports that the index cannot be read.
 */
async function copySharedIndex(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => SHARED_INDEX.test(name));
  const found = await Promise.all(
    names.map(async (name) => ({ name, stats: await lstat(join(from, name)).catch(() => null) })),
  );
  const files = found.flatMap(({ name, stats }) =>
    stats?.isFile() === true ? [{ name, bytes: stats.size, usedAt: stats.mtimeMs }] : [],
  );
  let left = SHARED_INDEX_BYTES;
  for (const { name, bytes } of files.sort((a, b) => b.usedAt - a.usedAt)) {
    if (await copyPlainFile(join(from, name), join(to, name), left)) left -= bytes;
  }
}

/** Runs `git rev-parse`. Strips only the line break that git adds: a path may end in other white space. */
async function revParse(folder: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await runGit({
    gitDir: null,
    cwd: folder,
    args: ['rev-parse', ...options],
    timeLimitMs: TIME_LIMIT.few,
    memoryBytes: USER_GIT_BYTES,
  });
  return stdout.toString('utf8').replace(/\n$/, '');
}

/** Calls `read`; wraps a failure of git in an EnvironmentError. */
async function withReadErrors<T>(root: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof GitError || error instanceof ProcessTimeoutError) throw unreadableError(root, error);
    throw error;
  }
}

function unreadableError(root: string, error: Error): EnvironmentError {
  return new EnvironmentError(
    `git can't read the repository ${root}: ${messageOf(error)}`,
    'Run `git fsck` there. In a partial clone, fetch what is missing: git fetch --refetch --no-filter.',
    { cause: error },
  );
}
