import { stat } from 'node:fs/promises';
import { EnvironmentError, messageOf } from '../errors.js';
import { commitSha, type CommitSha } from '../ids.js';
import { GitError, GitTimeoutError } from './git-errors.js';
import { checkGitVersion, runGit } from './git-process.js';
import { TIME_LIMIT } from './limits.js';
import { findLfsFiles } from './pointer-files.js';
import { listTree } from './tree-reader.js';

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
    await checkObjectFormat(gitDir);
    const head = await headOf(root);
    const entries = await listTree(gitDir, head);
    return {
      root,
      gitDir,
      head,
      dirty: !bare && (await isDirty(root)),
      submodules: entries.filter(({ mode }) => mode === '160000').map(({ path }) => path),
      lfsFiles: await findLfsFiles(gitDir, entries),
    };
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
    args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'],
    accept: [0, 1, 128],
    timeLimitMs: TIME_LIMIT.few,
  });
  if (exitCode === 0) return commitSha(stdout.toString('latin1').trim());
  throw new EnvironmentError(
    `${root} has no commit yet: HEAD points to nothing`,
    'Make one: git add -A && git commit -m "Start".',
  );
}

async function isDirty(root: string): Promise<boolean> {
  const { stdout } = await runGit({
    gitDir: null,
    cwd: root,
    // A look into a submodule would be a git of its own, with that one's hooks and filters.
    args: [
      'status',
      '--porcelain',
      '-z',
      '--untracked-files=normal',
      '--ignore-submodules=all',
      '--no-renames',
    ],
    env: await withoutFilters(root),
    timeLimitMs: TIME_LIMIT.tree,
  });
  return stdout.length > 0;
}

/**
 * To compare a touched file git runs the filter that attributes name for it. This gives every filter that the
 * configuration has an empty command; such a file may then count as changed, which is only a warning.
 */
async function withoutFilters(root: string): Promise<Record<string, string>> {
  const { stdout } = await runGit({
    gitDir: null,
    cwd: root,
    args: ['config', '--list', '--name-only', '-z'],
    timeLimitMs: TIME_LIMIT.few,
  });
  const keys = stdout.toString('utf8').split('\0');
  const filters = new Set(keys.flatMap((key) => /^(filter\.[^]+)\.[^.]+$/.exec(key)?.[1] ?? []));
  const settings = [...filters].flatMap((filter): readonly (readonly [string, string])[] => [
    [`${filter}.clean`, ''],
    [`${filter}.smudge`, ''],
    [`${filter}.process`, ''],
    [`${filter}.required`, 'false'],
  ]);
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
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
    if (error instanceof GitError || error instanceof GitTimeoutError) throw unreadable(root, error);
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
