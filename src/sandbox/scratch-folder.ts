/** Scratch folders: one for each command on a commit, named after the process that owns it, and removed after use. */
import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { makeFolder } from '../shared/files/make-folder.js';
import { isLeftOver, OWNER_PATTERN, ownName } from '../shared/process/owner.js';
import type { Folders } from '../results/command-folders.js';
import { killCommandProcesses, type ProcessSnapshot } from './processes.js';

/** The folders of one command, as this process sees them. */
export interface ScratchFolder extends Folders {
  /** Unique; marks the command's processes. */
  readonly id: string;
  /** The parent of the other folders; contains nothing else. */
  readonly root: string;
}

/** A snapshot that excludes no process, whatever its age. */
const NO_PROCESSES: ProcessSnapshot = new Set();

/** Creates an empty scratch folder in `parent`, readable by this user only. Creates `parent` when it is missing. */
export async function createScratchFolder(parent: string): Promise<ScratchFolder> {
  const scratch = await nameScratchFolder(parent);
  await makeScratchFolder(scratch);
  return scratch;
}

/** Names a scratch folder, which is made by `makeScratchFolder`, if at all: most sandboxes need none. Creates `parent`. */
export async function nameScratchFolder(parent: string): Promise<ScratchFolder> {
  await makeFolder(parent);
  // Short, because tests create Unix sockets in TMPDIR, whose paths may have 107 bytes at most.
  const id = `${ownName()}.${randomBytes(4).toString('hex')}`;
  // A command's `pwd` prints the real path. With it, the folder can be recognised in the output.
  const root = join(realpathSync.native(parent), id);
  return { id, root, tree: join(root, 'tree'), home: join(root, 'home'), tmp: join(root, 'tmp') };
}

/** Makes the folders, unless they are there. */
export async function makeScratchFolder({ root, tree, home, tmp }: ScratchFolder): Promise<void> {
  for (const folder of [root, tree, home, tmp]) await makeFolder(folder);
}

/** Removes the folder, if it was made. @throws EnvironmentError when a file in it cannot be removed */
export async function removeScratchFolder({ root }: ScratchFolder): Promise<void> {
  if (existsSync(root)) await removeFolder(root);
}

/**
 * Removes the scratch folders in `parent` whose owner process has exited, and kills the processes that still run there.
 * @returns the number of removed folders
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

/** Finds the names of the scratch folders in `parent` whose owner process has exited. */
export async function findLeftovers(parent: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of await listNames(parent)) {
    if (OWNER_PATTERN.test(name) && (await isLeftOver(name, join(parent, name)))) left.push(name);
  }
  return left;
}

/** Lists the names in a folder; empty when the folder is missing. */
export async function listNames(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

/**
 * Removes a folder, whatever a test has put into it. Read-only folders, such as Go's module cache, are made writable
 * first.
 * @throws EnvironmentError when a file cannot be removed
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
      `Could not remove the scratch folder ${folder}: ${messageOf(error)}`,
      'Remove it by hand. Look for immutable files and mounts in it.',
      { cause: error },
    );
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // isDirectory() is false for a link to a folder, so nothing outside the folder changes.
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
