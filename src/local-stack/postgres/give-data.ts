import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPrivateFolder, isUnchangeable } from '../../shared/files/private-folder.js';
import type { AccountIds } from './postgres-account.js';

/**
 * Gives data that belongs to root to the account of PostgreSQL: root has taken the home over (`chown -R 0`). Only in a
 * private home of root's, where nobody else can replace a file by a link meanwhile.
 */
export async function giveData(home: string, data: string, account: AccountIds): Promise<void> {
  if (isPrivateFolder(home)) await giveFolder(data, account);
}

async function giveFolder(folder: string, account: AccountIds): Promise<void> {
  // What others can change, or a link, is left to PostgreSQL, which refuses it and says why.
  if (!isUnchangeable(folder)) return;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.uid !== 0) continue;
    if (found.isDirectory()) await giveFolder(path, account);
    // Not a file with a second name, which may be one of the system's.
    else if (found.isFile() && found.nlink === 1) await lchown(path, account.uid, account.gid);
  }
  // Last: until then only root can change what is in it, and an interrupted call is repeated by the next start.
  await lchown(folder, account.uid, account.gid);
}
