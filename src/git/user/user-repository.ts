import { copyFile, readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { commitSha, type CommitSha } from '../../contract/ids.js';
import { withBorrowedFolder } from './borrowed-folder.js';
import { ProcessTimeoutError } from '../../shared/child-process.js';
import { GitError } from '../process/git-errors.js';
import { checkGitVersion, runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { exists } from '../process/lock-file.js';
import { findLfsFiles } from './pointer-files.js';
import { escapesTree } from '../objects/tree-path.js';
import { listTree, type TreeEntry } from '../objects/tree-reader.js';
import { checkOwnFolder } from './user-folder.js';

/** A person's repository, as it was when it was looked at. */
export interface UserRepository {
  /** The top of the work tree; of a bare repository, its git folder. */
  readonly root: string;
  /** The git folder that all work trees share. */
  readonly gitDir: string;
  readonly head: CommitSha;
  /** Whether there are changes, or new files that are not ignored, that HEAD does not have. */
  readonly dirty: boolean;
  /** Paths of submodules in HEAD. */
  readonly submodules: readonly string[];
  /** Paths in HEAD whose content is a Git LFS pointer. */
  readonly lfsFiles: readonly string[];
}

/**
 * Looks at the repository that a folder is in, writing nothing and running nothing of its (hooks, filters,
 * fsmonitor, fetches). EnvironmentError: no such folder, not in a repository, no commit, one that git can't
 * read, no git.
 */
export async function inspectRepository(folder: string): Promise<UserRepository> {
  await checkFolder(folder);
  await checkGitVersion(TIME_LIMIT.few);
  const { root, gitDir, bare } = await locate(folder);
  return readable(root, async () => {
    if (!bare) await checkOwnFolder(root);
    await checkObjectFormat(gitDir);
    const head = await headOf(root);
    return withBorrowedFolder(gitDir, { head }, async (borrowed) => {
      await demandCommit(borrowed, head);
      const entries = await listTree(borrowed, head);
      checkNames(root, head, entries);
      return {
        root,
        gitDir,
        head,
        dirty: !bare && (await isDirty(root, borrowed)),
        submodules: entries.filter(({ mode }) => mode === '160000').map(({ path }) => path),
        lfsFiles: await findLfsFiles(borrowed, entries, join(gitDir, 'info', 'attributes')),
      };
    });
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

async function locate(folder: string): Promise<{ root: string; gitDir: string; bare: boolean }> {
  try {
    const bare = (await ask(folder, '--is-bare-repository')) === 'true';
    const gitDir = await ask(folder, '--path-format=absolute', '--git-common-dir');
    return { root: bare ? gitDir : await ask(folder, '--show-toplevel'), gitDir, bare };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (/not a git repository/.test(error.stderr)) {
      throw new EnvironmentError(
        `${folder} is not in a git repository`,
        'Give the folder of one (--repo), or make one: git init && git add -A && git commit -m "Start".',
      );
    }
    if (/must be run in a work tree/.test(error.stderr)) {
      throw new EnvironmentError(`${folder} is inside git's own folder`, 'Give the folder of the work tree.');
    }
    throw unreadable(folder, error);
  }
}

async function checkObjectFormat(gitDir: string): Promise<void> {
  const format = await ask(gitDir, '--show-object-format');
  if (format === 'sha1') return;
  throw new EnvironmentError(
    `${gitDir} uses ${format} object names; Leadwright reads repositories with sha1 names only`,
    'Clone it into a repository made with: git init --object-format=sha1.',
  );
}

async function headOf(root: string): Promise<CommitSha> {
  const { exitCode, stdout } = await runGit({
    gitDir: null,
    cwd: root,
    args: ['rev-parse', '--verify', '--quiet', 'HEAD'],
    accept: [0, 1, 128],
    timeLimitMs: TIME_LIMIT.few,
  });
  if (exitCode === 0) return commitSha(stdout.toString('latin1').trim());
  throw new EnvironmentError(
    `${root} has no commit yet: HEAD points to nothing`,
    'Make one: git add -A && git commit -m "Start".',
  );
}

async function demandCommit(borrowed: string, head: CommitSha): Promise<void> {
  await runGit({
    gitDir: borrowed,
    args: ['cat-file', '-e', `${head}^{commit}`],
    timeLimitMs: TIME_LIMIT.few,
  });
}

/** No git makes a commit with such names, and none checks one out; a forged one would write anywhere. */
function checkNames(root: string, head: CommitSha, entries: readonly TreeEntry[]): void {
  const astray = entries.find(({ path }) => escapesTree(path.replace(/^"([^]*)"$/, '$1')));
  if (astray === undefined) return;
  throw new EnvironmentError(
    `the commit ${head} of ${root} has a file ${JSON.stringify(astray.path)}, which no checkout can have`,
    'Take it out of the commit (git rm --cached), or find out who made it.',
  );
}

/**
 * Compares the work tree with HEAD from a folder of our own, because to compare a touched file git runs the
 * filter that attributes name for it. Such a file may then count as changed, which is only a warning.
 */
async function isDirty(root: string, borrowed: string): Promise<boolean> {
  const index = await ask(root, '--path-format=absolute', '--git-path', 'index');
  const excluded = await ask(root, '--path-format=absolute', '--git-path', 'info/exclude');
  if (await exists(excluded)) await symlink(excluded, join(borrowed, 'info', 'exclude'));
  await copySharedIndex(dirname(index), borrowed);
  const { stdout } = await runGit({
    gitDir: borrowed,
    cwd: root,
    options: ['--work-tree=.'],
    // A look into a submodule would be a git of its own, with that one's hooks and filters.
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
  });
  return stdout.length > 0;
}

/** A split index has most of itself in files beside it. Copies, because git puts a new date on those it reads. */
async function copySharedIndex(from: string, to: string): Promise<void> {
  const shared = (await readdir(from)).filter((name) => name.startsWith('sharedindex.'));
  for (const name of shared) await copyFile(join(from, name), join(to, name));
}

/** One answer of `rev-parse`; a path may end in anything but the line break that git adds. */
async function ask(folder: string, ...questions: readonly string[]): Promise<string> {
  const { stdout } = await runGit({
    gitDir: null,
    cwd: folder,
    args: ['rev-parse', ...questions],
    timeLimitMs: TIME_LIMIT.few,
  });
  return stdout.toString('utf8').replace(/\n$/, '');
}

async function readable<T>(root: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof GitError || error instanceof ProcessTimeoutError) throw unreadable(root, error);
    throw error;
  }
}

function unreadable(root: string, error: Error): EnvironmentError {
  return new EnvironmentError(
    `git can't read the repository ${root}: ${messageOf(error)}`,
    'Run `git fsck` there. In a partial clone, fetch what is missing: git fetch --refetch --no-filter.',
    { cause: error },
  );
}
