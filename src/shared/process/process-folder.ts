/** Folders of one process, outside of any home: removed when it ends, or by a later one of this account. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { isLeftOver, ownerState, ownName } from './owner.js';
import { isPrivateFolder, makePrivateFolder, privateTemporaryFolder } from '../files/private-folder.js';

/** What such a folder is for. Begins its name, before its owner's. */
const USES = ['launcher', 'sandbox'] as const;

/** Makes a folder that only this account can enter. Its path is short: that of a socket in it may have 107 bytes. */
export function makeProcessFolder(use: (typeof USES)[number]): string {
  const folder = makeNamed(use);
  if (!isRemovedAtExit) process.once('exit', removeMade);
  isRemovedAtExit = true;
  made.add(folder);
  return folder;
}

function makeNamed(use: (typeof USES)[number]): string {
  const parent = privateTemporaryFolder();
  try {
    makePrivateFolder(parent);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    // Another user can make a folder of that name in /tmp, but none of a random name.
    return mkdtempSync(`${parent}-`);
  }
  const folder = join(parent, `${use}-${ownName()}.${randomBytes(4).toString('hex')}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Removes a folder of this process that it does not need any more. */
export async function removeProcessFolder(folder: string): Promise<void> {
  made.delete(folder);
  await rm(folder, { recursive: true, force: true });
}

const made = new Set<string>();
let isRemovedAtExit = false;

function removeMade(): void {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
}

/**
 * Removes the folders of processes that were killed. What cannot be removed stays.
 * @param parent in which they are
 */
export async function removeLeftoverProcessFolders(parent = privateTemporaryFolder()): Promise<void> {
  // Another user can make a folder of that name, and exchange what is in it for links while it is removed.
  if (!isPrivateFolder(parent)) return;
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (await isUnused(name, path)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A launcher's folder of another machine or container may be in use however old it is; a sandbox's is made again. */
async function isUnused(name: string, path: string): Promise<boolean> {
  const use = USES.find((each) => name.startsWith(`${each}-`));
  if (use === undefined) return false;
  const owner = name.slice(use.length + 1);
  return use === 'launcher' ? ownerState(owner) === 'dead' : isLeftOver(owner, path);
}
