import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents, each for this user only. Node's `recursive` is not used: on a full or read-only disk
 * it says that a parent is missing, and in a file system without new folders, such as /proc, it never ends.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    // Another process may have created it in the meantime.
    if (!existsSync(folder)) throw error;
  });
}
