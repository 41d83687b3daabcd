import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { errorCode } from '../../shared/error-code.js';

/**
 * Throws an EnvironmentError when a work tree's `.git` leads to a git folder elsewhere that does not know of it:
 * an unpacked archive could name any repository of this machine, and a run would write there. A linked
 * worktree and a submodule are known to theirs.
 */
export async function checkOwnFolder(root: string): Promise<void> {
  const entry = join(root, '.git');
  const gitDir = await leadsTo(entry);
  if (gitDir === null) {
    throw new EnvironmentError(
      `${root} has no .git, though the repository's configuration (core.worktree) names it as the work tree`,
      'Give the folder of the repository itself (--repo), or unset core.worktree there.',
    );
  }
  if (isWithin(await realpath(root), gitDir) || (await knows(gitDir, entry, root))) return;
  throw new EnvironmentError(
    `${entry} leads to ${gitDir}, which does not name ${root} as its work tree`,
    `If it is meant so: git --git-dir=${gitDir} config core.worktree ${root}. Else give that repository (--repo).`,
  );
}

/** The real git folder that `.git` is, links to or names; null when there is none. */
async function leadsTo(entry: string): Promise<string | null> {
  try {
    const real = await realpath(entry);
    if ((await lstat(real)).isDirectory()) return real;
    const named = /^gitdir: ([^]*?)\r?\n?$/.exec(await readFile(real, 'utf8'))?.[1];
    return named === undefined ? null : await realpath(resolve(real, '..', named));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether a git folder names the work tree: in `gitdir` as that of a linked one, or in its configuration. */
async function knows(gitDir: string, entry: string, root: string): Promise<boolean> {
  const { exitCode, stdout } = await runGit({
    gitDir: null,
    args: ['config', '--file', join(gitDir, 'config'), '--no-includes', '--get', 'core.worktree'],
    // 1: it is not set.
    accept: [0, 1],
    timeLimitMs: TIME_LIMIT.few,
  });
  const configured = exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : null;
  const linked = (await readFile(join(gitDir, 'gitdir'), 'utf8').catch(() => '')).replace(/\n$/, '');
  return (
    (configured !== null && (await isSame(resolve(gitDir, configured), root))) ||
    (linked !== '' && (await isSame(resolve(gitDir, linked), entry)))
  );
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => realpath(path).catch(() => null)));
  return a === b && typeof a === 'string';
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../');
}

/**
 * Throws an EnvironmentError when writing the branch would write through a symbolic link: what lies behind it
 * may be anywhere.
 */
export async function checkNoLinks(gitDir: string, branch: string): Promise<void> {
  const ref = ['refs', 'heads', ...branch.split('/')];
  const folders = (parts: readonly string[]) => parts.map((_, index) => join(...parts.slice(0, index + 1)));
  const objects = (await readdir(join(gitDir, 'objects'))).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const written = [
    // The branch's own file is replaced, not followed.
    ...folders(ref).slice(0, -1),
    ...folders(['logs', ...ref]),
    'objects',
    ...objects.map((name) => join('objects', name)),
  ];
  for (const path of written) {
    const found = await lstat(join(gitDir, path)).catch(() => null);
    if (found?.isSymbolicLink() !== true) continue;
    throw new EnvironmentError(
      `${join(gitDir, path)} is a symbolic link, and Leadwright writes only below the git folder itself`,
      'Give the repository that it leads to (--repo), or a clone of it.',
    );
  }
}
