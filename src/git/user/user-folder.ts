import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { errorCode } from '../../shared/error-code.js';
import { readPlainBytes } from './plain-file.js';

/**
 * Checks that a work tree and its git folder belong together. `.git` may point to a git folder elsewhere, as in a linked
 * worktree or a submodule, if that folder names the work tree in turn. Otherwise an unpacked archive could point to any
 * repository of this machine, and a run would write there.
 *
 * @throws EnvironmentError when they do not belong together, or there is no `.git`
 */
export async function checkOwnFolder(root: string): Promise<void> {
  const entry = join(root, '.git');
  const gitDir = await resolveGitDir(entry);
  if (gitDir === null) {
    throw new EnvironmentError(
      `${root} has no .git, though the repository's configuration (core.worktree) names it as the work tree`,
      'Give the folder of the repository itself (--repo), or unset core.worktree there.',
    );
  }
  if (isWithin(await realpath(root), gitDir) || (await namesWorkTree(gitDir, entry, root))) return;
  throw new EnvironmentError(
    `${entry} leads to ${gitDir}, which does not name ${root} as its work tree`,
    `If this is intended: git --git-dir=${gitDir} config core.worktree ${root}. Otherwise give that repository (--repo).`,
  );
}

/** The git folder that `.git` is, links to or names, with links resolved; null when there is none. */
async function resolveGitDir(entry: string): Promise<string | null> {
  try {
    const real = await realpath(entry);
    if ((await lstat(real)).isDirectory()) return real;
    const named = /^gitdir: ([^]*?)\r?\n?$/.exec(await readText(real))?.[1];
    return named === undefined ? null : await realpath(resolve(real, '..', named));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Reads a small file of git's; empty when there is none. */
async function readText(path: string): Promise<string> {
  return (await readPlainBytes(path))?.toString('utf8') ?? '';
}

/** Whether a git folder names the work tree: in its file `gitdir` (a linked worktree), or as core.worktree. */
async function namesWorkTree(gitDir: string, entry: string, root: string): Promise<boolean> {
  const { exitCode, stdout } = await runGit({
    gitDir: null,
    args: ['config', '--file', join(gitDir, 'config'), '--no-includes', '--get', 'core.worktree'],
    // 1: not set.
    accept: [0, 1],
    timeLimitMs: TIME_LIMIT.few,
  });
  const configured = exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : null;
  const linked = (await readText(join(gitDir, 'gitdir'))).replace(/\n$/, '');
  return (
    (configured !== null && (await isSamePath(resolve(gitDir, configured), root))) ||
    (linked !== '' && (await isSamePath(resolve(gitDir, linked), entry)))
  );
}

async function isSamePath(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => null)));
  return a === b && typeof a === 'string';
}

function isWithin(folder: string, path: string): boolean {
  const relativePath = relative(folder, path);
  return relativePath !== '' && relativePath !== '..' && !relativePath.startsWith('../');
}

/**
 * Checks that writing a branch follows no symbolic link, whose target may be anywhere.
 *
 * @throws EnvironmentError when a file or folder that would be written is a symbolic link
 */
export async function checkNoLinks(gitDir: string, branch: string): Promise<void> {
  const ref = ['refs', 'heads', ...branch.split('/')];
  const folders = (parts: readonly string[]) => parts.map((_, index) => join(...parts.slice(0, index + 1)));
  // The listing shows which entries are links. To check each of the 256 folders would take longer than the rest of a publication.
  const objects = (await readdir(join(gitDir, 'objects'), { withFileTypes: true }))
    .filter((entry) => /^[0-9a-f]{2}$/.test(entry.name) && entry.isSymbolicLink())
    .map(({ name }) => name);
  const written = [
    // Without the branch's own file, which git replaces instead of following it.
    ...folders(ref).slice(0, -1),
    ...folders(['logs', ...ref]),
    'objects',
    ...objects.map((name) => join('objects', name)),
  ];
  // Together: a busy process waits long for each answer of the disk.
  const found = await Promise.all(written.map((path) => lstat(join(gitDir, path)).catch(() => null)));
  const link = written.find((_, index) => found[index]?.isSymbolicLink() === true);
  if (link === undefined) return;
  throw new EnvironmentError(
    `${join(gitDir, link)} is a symbolic link, and Leadwright writes only below the git folder itself`,
    'Give the repository that it leads to (--repo), or a clone of it.',
  );
}
