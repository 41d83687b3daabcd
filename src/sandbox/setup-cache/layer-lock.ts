/**
 * Locks on set-up layers. A lock is a file that names its owner, so that the lock of a killed process is detected at
 * once. It is created as a hard link, so that it never exists without its content.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { errorCode } from '../../shared/error-code.js';
import { ownerState, ownName } from '../../shared/process/owner.js';

/** The path of a layer's lock. A process takes it to create or evict the layer. */
export const lockPath = (layer: string): string => `${layer}.lock`;

/**
 * Tries to take a lock.
 * @returns false when another process has it
 * @throws when the file system cannot create it
 */
export async function tryLock(lock: string): Promise<boolean> {
  const name = `${ownName()}.${randomBytes(4).toString('hex')}`;
  // With an owner's name in the same folder, so that clean-up finds the file if this process is killed.
  const ticket = lock.replace(/[^/]*$/, name);
  await writeFile(ticket, name);
  try {
    if (!(await tryLink(ticket, lock))) return false;
    await utimes(lock, new Date(), new Date());
    return true;
  } finally {
    await rm(ticket, { force: true });
  }
}

/** Whether a process that may be alive has the lock. Removes the lock of a dead process. */
export async function isLocked(lock: string): Promise<boolean> {
  const owner = await readFile(lock, 'utf8').catch(() => null);
  if (owner === null) return false;
  if (ownerState(owner) !== 'dead') return true;
  await rm(lock, { force: true });
  return false;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    async (error: unknown) => {
      // Only an existing lock means waiting. Any other error, such as no support for links, is reported.
      const isThere = await stat(to).catch(() => null);
      if (isThere === null && errorCode(error) !== 'EEXIST') throw error;
      return false;
    },
  );
}
