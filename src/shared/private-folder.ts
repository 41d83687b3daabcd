import { chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../contract/errors.js';
import { errorCode } from './error-code.js';
import { shellQuote } from './shell.js';

/** Creates a folder that only its owner can enter, in an existing one. @throws EnvironmentError as requirePrivateFolder() */
export function makePrivateFolder(
  folder: string,
  owner?: { readonly uid: number; readonly gid: number },
): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  requirePrivateFolder(folder, owner?.uid);
}

/** This account's folder for what is neither in a home nor kept. Not below TMPDIR, which is itself long on some systems. */
export function privateTemporaryFolder(): string {
  return join('/tmp', `leadwright-${process.getuid?.() ?? 0}`);
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

/**
 * Makes an existing home private: others must not read what models were shown. An earlier version, a copy or a restored
 * backup may have left it open. Nothing happens when it does not exist; who creates it, creates it private.
 * @returns a warning when the home belongs to another account, which alone can close it; else null
 * @throws EnvironmentError when it is a folder that all users share
 */
export async function makeHomePrivate(home: string): Promise<string | null> {
  const stats = await stat(home).catch(() => undefined);
  if (process.getuid === undefined || stats?.isDirectory() !== true || (stats.mode & 0o077) === 0)
    return null;
  if ((stats.mode & STICKY) !== 0) {
    throw new EnvironmentError(
      `LEADWRIGHT_HOME (${home}) is a folder that all users share.`,
      'Set it to a folder of your own, for example one inside that folder.',
    );
  }
  try {
    await chmod(home, 0o700);
    return null;
  } catch (error) {
    // On a read-only file system, whatever writes to the home reports that.
    if (errorCode(error) !== 'EPERM') return null;
    return `Other users can enter LEADWRIGHT_HOME (${home}), which belongs to another account. They may be able to read the code and conversations in it. Its owner can close it:  chmod 700 ${shellQuote(home)}`;
  }
}

/** The mode bit of folders, such as /tmp, in which everybody may create files. */
const STICKY = 0o1000;
