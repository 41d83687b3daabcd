/** Throw-away folders: one per command on a commit, named after its owner, always removed. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { isLeftOver, OWNER_PATTERN, ownName } from '../shared/owner.js';
import type { Folders } from '../results/command-folders.js';
import { killCommandProcesses, type ProcessSnapshot } from './processes.js';

/** The folders of one command, as this process sees them. */
export interface ScratchFolder extends Folders {
  /** Unique; marks the command's processes. */
  readonly id: string;
  /** Holds the other folders and nothing else. */
  readonly root: string;
}

/** Looks at every process, however old. */
const NO_PROCESSES: ProcessSnapshot = new Set();

/** Makes an empty place, readable by this user only, below `parent` (made when it is missing). */
export async function createScratchFolder(parent: string): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  // Short, because tests put Unix sockets into TMPDIR and their paths end at 107 bytes.
  const id = `${ownName()}.${randomBytes(4).toString('hex')}`;
  // The real path is what a command's own `pwd` says, so that it can be recognised in its output.
  const root = join(await realpath(parent), id);
  const scratch = { id, root, tree: join(root, 'tree'), home: join(root, 'home'), tmp: join(root, 'tmp') };
  await mkdir(root, { mode: 0o700 });
  for (const folder of [scratch.tree, scratch.home, scratch.tmp]) await mkdir(folder);
  return scratch;
}

/** @throws EnvironmentError when something in it cannot be removed */
export async function removeScratchFolder(scratch: ScratchFolder): Promise<void> {
  await removeFolder(scratch.root);
}

/**
 * Removes the places below `parent` whose process is gone, and ends what still runs in them.
 * @returns how many were removed
 */
export async function removeLeftoverTrees(parent: string): Promise<number> {
  const left = await findLeftovers(parent);
  for (const name of left) {
    const root = join(parent, name);
    await killCommandProcesses({ leader: null, id: name, folder: root }, NO_PROCESSES);
    await removeFolder(root);
  }
  return left.length;
}

/** The names of the places below `parent` whose process is gone. */
export async function findLeftovers(parent: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of await listNames(parent)) {
    if (OWNER_PATTERN.test(name) && (await isLeftOver(name, join(parent, name)))) left.push(name);
  }
  return left;
}

/** The names in a folder; none when it is missing. */
export async function listNames(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

/**
 * Removes a folder whatever a test has put into it: read-only folders (Go's module cache is one) are made
 * writable first.
 * @throws EnvironmentError when something is left
 */
export async function removeFolder(folder: string): Promise<void> {
  // A killed process may still be finishing its last write.
  const options = { recursive: true, force: true, maxRetries: 3 };
  try {
    await rm(folder, options).catch(async () => {
      await makeWritable(folder);
      await rm(folder, options);
    });
  } catch (error) {
    throw new EnvironmentError(
      `The throw-away folder ${folder} could not be removed: ${messageOf(error)}`,
      'Remove it by hand; look for files that are immutable, or mounted.',
      { cause: error },
    );
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // isDirectory() is false for a link to a folder: nothing outside is touched.
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
