import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSha } from '../../contract/ids.js';
import { isLeftOver, ownName } from '../../shared/process/owner.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { exists } from '../../shared/files/exists.js';
import { PromiseCache } from '../../shared/async/promise-cache.js';
import { temporaryFolder } from '../../shared/files/temporary-folder.js';
import { readPlainFile } from './plain-file.js';

/** Prefix of the folder names, before the name of the owning process. */
const PREFIX = 'borrowed-';

/**
 * Settings that are copied from the repository's configuration: those of its file system, and of how its branches and
 * objects are stored. All others are ignored, since filters, hooks, drivers, helpers and remotes may name programs, under keys
 * that no list could be complete for.
 */
const KEPT_SETTINGS: ReadonlySet<string> = new Set([
  ...['core.filemode', 'core.symlinks', 'core.ignorecase', 'core.precomposeunicode'],
  ...['core.trustctime', 'core.checkstat', 'core.sharedrepository', 'core.logallrefupdates'],
  ...['core.repositoryformatversion', 'extensions.refstorage', 'extensions.objectformat'],
]);

/** The parts of a git folder that git reads and writes through the borrowed folder. */
const BORROWED_PARTS = ['objects', 'refs', 'packed-refs', 'logs', 'reftable'];

/** Turns off all attributes that could change bytes or run a program, whatever the work tree's files set. */
const ATTRIBUTES = '* -filter -text -eol -ident -working-tree-encoding\n';

/** Calls a function with a borrowed folder of the user's git folder, and keeps that folder until the function ends. */
export type Borrow = <T>(gitDir: string, use: (folder: string) => Promise<T>) => Promise<T>;

/** What a borrowed folder is made from. While it stays the same, so does the folder. */
export interface Borrowed {
  /** The parts of the git folder that exist. */
  readonly parts: readonly string[];
  /** The KEPT_SETTINGS of the repository, in the format of a git configuration file. */
  readonly settings: string;
}

/**
 * Calls `use` with a borrowed folder: a temporary git folder that links to the objects and branches of the user's
 * repository, without its hooks and attributes, and with only KEPT_SETTINGS of its configuration. Git commands in it run
 * no program of that repository, and lock its branches as usual. The folder is created in `parent` and removed
 * afterwards. `removeStaleBorrowedFolders` removes those of killed processes.
 */
export async function withBorrowedFolder<T>(
  gitDir: string,
  { head, parent = temporaryFolder() }: { readonly head?: CommitSha; readonly parent?: string },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = makeBorrowedFolder(parent, gitDir, await readBorrowed(gitDir), head);
  try {
    return await use(folder);
  } finally {
    removeBorrowedFolder(folder);
  }
}

/** Reads what a borrowed folder is made from. */
export async function readBorrowed(gitDir: string): Promise<Borrowed> {
  // Together: a busy process waits long for each answer of the disk.
  const [settings, ...present] = await Promise.all([
    readKeptSettings(gitDir),
    ...BORROWED_PARTS.map((part) => exists(join(gitDir, part))),
  ]);
  return { parts: BORROWED_PARTS.filter((_, index) => present[index]), settings };
}

/**
 * Makes a borrowed folder. Its dozen of small files are made at once: each takes less time than to hand it to a thread, and a
 * busy process waits long for the answers.
 * @param head what its HEAD points to; without it, HEAD names a branch that cannot exist
 */
export function makeBorrowedFolder(
  parent: string,
  gitDir: string,
  { parts, settings }: Borrowed,
  head?: CommitSha,
): string {
  const folder = mkdtempSync(join(parent, `${PREFIX}${ownName()}.`));
  try {
    for (const part of parts) symlinkSync(join(gitDir, part), join(folder, part));
    writeFileSync(join(folder, 'config'), settings);
    mkdirSync(join(folder, 'info'));
    writeFileSync(join(folder, 'info', 'attributes'), ATTRIBUTES);
    writeFileSync(join(folder, 'HEAD'), `${head ?? 'ref: refs/heads/.none'}\n`);
    return folder;
  } catch (error) {
    removeBorrowedFolder(folder);
    throw error;
  }
}

/** Removes a borrowed folder, but not the targets of its links. */
export function removeBorrowedFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Finds the borrowed folders in `parent` that killed processes of this user left behind. */
export async function findStaleBorrowedFolders(parent: string): Promise<string[]> {
  const stale: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (!name.startsWith(PREFIX) || !(await isLeftOver(name.slice(PREFIX.length), path))) continue;
    // In a shared folder such as /tmp, skip those of other users.
    const owner = await lstat(path).catch(() => null);
    if (owner !== null && owner.uid === process.getuid?.()) stale.push(path);
  }
  return stale;
}

/** Removes these folders. */
export async function removeStaleBorrowedFolders(parent: string = temporaryFolder()): Promise<void> {
  for (const folder of await findStaleBorrowedFolders(parent)) removeBorrowedFolder(folder);
}

/** The kept settings of the configurations that were read last, by their text: git reads each text once. */
const knownSettings = new PromiseCache<string>(16);

/** Reads the KEPT_SETTINGS of a repository, in the format of a git configuration file. */
async function readKeptSettings(gitDir: string): Promise<string> {
  const file = join(gitDir, 'config');
  const text = await readPlainFile(file);
  return text === null ? readWithGit(file) : knownSettings.get(text, () => readWithGit('-', text));
}

/** @param file the file's path, or `-` for `text` */
async function readWithGit(file: string, text = ''): Promise<string> {
  const { stdout } = await runGit({
    gitDir: null,
    // Outside of the repository, so that git only reads this one file and follows no includes; and where no other user
    // can put a git folder, which git would look at first.
    cwd: '/',
    args: ['config', '--file', file, '--no-includes', '--list', '-z'],
    input: Buffer.from(text, 'latin1'),
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
