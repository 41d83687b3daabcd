import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitSha } from '../../contract/ids.js';
import { isLeftOver, ownName } from '../../shared/owner.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { exists } from '../process/lock-file.js';

/** What begins the name of each such folder, before that of its owner. */
const BORROWED = 'borrowed-';

/**
 * What a repository's configuration says of the place it lies in, and of how its branches are kept. Nothing
 * else of it counts: what it says of filters, hooks, drivers, helpers and remotes may name programs, under
 * names that nobody can list beforehand.
 */
const KEPT_SETTINGS: ReadonlySet<string> = new Set([
  ...['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.precomposeunicode'],
  ...['core.trustctime', 'core.checkstat', 'core.sharedrepository', 'core.logallrefupdates'],
  ...['core.repositoryformatversion', 'extensions.refstorage'],
]);

/** Where a repository keeps what git reads and writes through the borrowed folder. */
const BORROWED_PARTS = ['objects', 'refs', 'packed-refs', 'logs', 'reftable'];

/** All attributes that would change bytes or run something, whatever a work tree's files say of themselves. */
const ATTRIBUTES = '* -filter -text -eol -ident -working-tree-encoding\n';

/**
 * Gives a git folder of our own that has a person's objects and branches, by links, and none of its hooks and
 * attributes, and of its configuration only KEPT_SETTINGS. What git does in there runs nothing of that repository, and
 * locks its branches as any git does. The folder is in `parent`, and gone afterwards; that of a killed process goes
 * with the next sweepBorrowed().
 */
export async function withBorrowedFolder<T>(
  gitDir: string,
  { head, parent = tmpdir() }: { readonly head?: CommitSha; readonly parent?: string },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(parent, `${BORROWED}${ownName()}.`));
  try {
    for (const part of BORROWED_PARTS) {
      if (await exists(join(gitDir, part))) await symlink(join(gitDir, part), join(folder, part));
    }
    await writeFile(join(folder, 'config'), await readKeptSettings(gitDir));
    await mkdir(join(folder, 'info'));
    await writeFile(join(folder, 'info', 'attributes'), ATTRIBUTES);
    // Without a commit to stand on, a branch that nobody has.
    await writeFile(join(folder, 'HEAD'), `${head ?? 'ref: refs/heads/.none'}\n`);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The borrowed folders in `parent` that killed processes of this user left. */
export async function findStaleBorrowedFolders(parent: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (!name.startsWith(BORROWED) || !(await isLeftOver(name.slice(BORROWED.length), path))) continue;
    // In a folder that all share, others' are theirs.
    const owner = await lstat(path).catch(() => null);
    if (owner !== null && owner.uid === process.getuid?.()) left.push(path);
  }
  return left;
}

/** Removes them; what their links lead to stays as it is. */
export async function removeStaleBorrowedFolders(parent: string = tmpdir()): Promise<void> {
  for (const folder of await findStaleBorrowedFolders(parent))
    await rm(folder, { recursive: true, force: true });
}

/** The kept settings, as git's own configuration file. */
async function readKeptSettings(gitDir: string): Promise<string> {
  const { stdout } = await runGit({
    gitDir: null,
    // Outside of the repository, so that git reads this one file as data and follows no include in it.
    cwd: tmpdir(),
    args: ['config', '--file', join(gitDir, 'config'), '--no-includes', '--list', '-z'],
    timeLimitMs: TIME_LIMIT.few,
  });
  const settings = new Map<string, string>();
  for (const record of stdout.toString('utf8').split('\0')) {
    const [key = '', value = 'true'] = record.split('\n');
    if (KEPT_SETTINGS.has(key) && /^[\w.-]+$/.test(value)) settings.set(key, value);
  }
  return [...settings].map(([key, value]) => configLine(key, value)).join('');
}

function configLine(key: string, value: string): string {
  const [section = '', name = ''] = key.split('.');
  return `[${section}]\n\t${name} = ${value}\n`;
}
