import { chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../contract/errors.js';
import { errorCode } from '../error-code.js';
import { shellQuote } from '../process/shell.js';

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
  const stats = statsOf(folder);
  return stats !== undefined && isPrivate(stats);
}

/** Whether no other account can replace what this account has in a folder: in one of its own, or a sticky one of root. */
export function isUnchangeable(folder: string): boolean {
  const stats = statsOf(folder);
  const own = process.getuid?.();
  if (stats?.isDirectory() !== true) return false;
  if (own === undefined || (stats.uid === own && (stats.mode & 0o022) === 0)) return true;
  return stats.uid === 0 && ((stats.mode & STICKY) !== 0 || (stats.mode & 0o022) === 0);
}

/** Undefined when nothing is there, also because a folder above is a file. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function isPrivate(stats: Stats, uid = process.getuid?.()): boolean {
  // Windows has neither accounts in numbers nor these modes. A user's folders there are private by inheritance.
  return stats.isDirectory() && (uid === undefined || (stats.uid === uid && (stats.mode & 0o077) === 0));
}

/**
 * Makes an existing home private: others must not read what models were shown. An earlier version, a copy or a restored
 * backup may have left it open. Nothing happens when it does not exist; who creates it, creates it private.
 * @throws EnvironmentError when all users share the folder, or it belongs to another account, which may have put its
 *   own token into it and could not read the files that root writes there
 */
export async function makeHomePrivate(home: string): Promise<void> {
  const stats = await stat(home).catch(() => undefined);
  if (process.getuid === undefined || stats?.isDirectory() !== true) return;
  if ((stats.mode & STICKY) !== 0) {
    throw new EnvironmentError(
      `LEADWRIGHT_HOME (${home}) is a folder that all users share.`,
      'Set it to a new folder of your own, for example in your home folder.',
    );
  }
  if (stats.uid !== process.getuid()) {
    throw new EnvironmentError(
      `LEADWRIGHT_HOME (${home}) belongs to another account (uid ${stats.uid}), which can change what is in it.`,
      `Use the account that owns it, set LEADWRIGHT_HOME to a folder of your own, or, if nobody else put files there, take it over:  chown -R ${process.getuid()} ${shellQuote(home)}`,
    );
  }
  // On a read-only file system, whatever writes to the home reports that.
  if ((stats.mode & 0o077) !== 0) await chmod(home, 0o700).catch(() => undefined);
}

/** The mode bit of folders, such as /tmp, in which everybody may create files. */
const STICKY = 0o1000;
