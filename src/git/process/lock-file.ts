import { lstat, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../shared/error-code.js';
import { exists } from '../../shared/files/exists.js';
import { STALE_LOCK_MS } from './git-limits.js';

/** Milliseconds between two tries for a lock. A lock is held for about one millisecond. */
const RETRY_MS = 20;

/**
 * Creates a lock file as git does: it must not exist. Waits while another process holds the lock, and removes one that
 * was left behind (STALE_LOCK_MS). The caller renames or removes the file.
 */
export async function takeLock(path: string): Promise<void> {
  for (;;) {
    if (await createIfAbsent(path)) return;
    if (!(await removeIfOlder(path, STALE_LOCK_MS))) await sleep(RETRY_MS);
  }
}

/** Creates a file; returns false when it exists already. */
export async function createIfAbsent(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a file that was last written more than `ms` milliseconds ago, or that far in the future: before the clock was set
 * back. True when the file is gone.
 */
export async function removeIfOlder(path: string, ms: number): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Math.abs(Date.now() - mtimeMs) < ms) return false;
    await rm(path, { force: true, recursive: true });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

/** Removes lock files of killed processes from the store's refs. True when it removed any. */
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

/**
 * What became of one lock file in the user's repository. `removed`: a killed process had left it behind. `held`: it is
 * recent, so a process may hold it. `other`: there is none, or it is not a file that git has just written or left behind.
 */
export type FoundLock = 'removed' | 'held' | 'other';

/** Removes one lock file of the user's repository if it was left behind. Removes and follows nothing but a regular file. */
export async function removeStaleLock(path: string): Promise<FoundLock> {
  const found = await lstat(path).catch((error: unknown) => {
    // ENOTDIR: refs are not stored as files.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (found?.isFile() !== true) return 'other';
  const age = Date.now() - found.mtimeMs;
  // Its time is far in the future: the clock was set back since. The lock would count as recent until that time.
  if (age < -STALE_LOCK_MS) return 'other';
  if (age < STALE_LOCK_MS) return 'held';
  await unlink(path);
  return 'removed';
}
