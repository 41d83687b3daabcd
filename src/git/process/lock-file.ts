import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../shared/error-code.js';
import { STALE_LOCK_MS } from './git-limits.js';

/** Milliseconds between two tries for a lock that is held for about one. */
const RETRY_MS = 20;

/**
 * Creates a lock file as git does (it must not exist), waiting for another's, and taking over one that was
 * left behind. The caller renames or removes it.
 */
export async function takeLock(path: string): Promise<void> {
  for (;;) {
    if (await createNew(path)) return;
    if (!(await removeIfOlder(path, STALE_LOCK_MS))) await sleep(RETRY_MS);
  }
}

/** Creates a file that must not exist yet; false when it does. */
export async function createNew(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a file that was last written more than `ms` ago; true when it did, or when it was gone already. */
export async function removeIfOlder(path: string, ms: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs < ms) return false;
    await rm(path, { force: true, recursive: true });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

/** Removes the lock files of killed processes from the store's refs; true when there were any. */
export async function removeStaleLocks(gitDir: string): Promise<boolean> {
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true });
  const locks = [join(gitDir, 'packed-refs.lock'), ...refs.map((name) => join(gitDir, 'refs', name))];
  let removed = false;
  for (const lock of locks.filter((path) => path.endsWith('.lock'))) {
    const existed = await exists(lock);
    if (existed && (await removeIfOlder(lock, STALE_LOCK_MS))) removed = true;
  }
  return removed;
}

/** Whether there is anything at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}
