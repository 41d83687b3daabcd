import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSha } from '../../contract/ids.js';
import { errorCode } from '../../shared/error-code.js';
import { takeLock } from '../process/lock-file.js';

/**
 * Marks a commit of the store as shallow: its parents are missing, and git treats it as a root. Follows git's own
 * protocol (a lock file that becomes the new file), since other processes may import at the same time.
 */
export async function addShallow(gitDir: string, commit: CommitSha): Promise<void> {
  const path = join(gitDir, 'shallow');
  const lock = `${path}.lock`;
  await takeLock(lock);
  let isHeld = true;
  try {
    const lines = await readLines(path);
    if (lines.includes(commit)) return;
    await writeFile(lock, [...lines, commit, ''].join('\n'), { flush: true });
    await rename(lock, path);
    // A lock of this name is another process's from now on.
    isHeld = false;
  } finally {
    if (isHeld) await rm(lock, { force: true });
  }
}

async function readLines(path: string): Promise<string[]> {
  try {
    const text = await readFile(path, 'utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
