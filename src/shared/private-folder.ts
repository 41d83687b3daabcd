import { lstatSync, type Stats } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { EnvironmentError } from '../contract/errors.js';
import { errorCode } from './error-code.js';

/** Creates a folder that only its owner can enter, in an existing one. @throws EnvironmentError as requirePrivateFolder() */
export async function makePrivateFolder(
  folder: string,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  requirePrivateFolder(folder, owner?.uid);
}

/**
 * Checks that only its owner can enter a folder, so that no other account can have made what is in it.
 * @param uid the owner; this process's own account by default
 * @throws EnvironmentError when it is a link, belongs to another account, or others can enter it
 */
export function requirePrivateFolder(folder: string, uid?: number): void {
  if (isPrivate(lstatSync(folder), uid)) return;
  throw new EnvironmentError(
    `${folder} is not a folder that only you can enter, so another user could listen there.`,
    'Remove it: the next command creates it again.',
  );
}

/** Whether a path is a folder that only this account can enter; false when it does not exist. */
export function isPrivateFolder(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && isPrivate(stats);
}

function isPrivate(stats: Stats, uid = process.getuid?.()): boolean {
  // Windows has neither accounts in numbers nor these modes. A user's folders there are private by inheritance.
  return stats.isDirectory() && (uid === undefined || (stats.uid === uid && (stats.mode & 0o077) === 0));
}
