/**
 * Locks on set-up layers. A lock is a file that appears with its content (a link), which names its owner, so
 * that a killed owner's is seen through at once.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { errorCode } from '../../shared/error-code.js';
import { ownerState, ownName } from '../../shared/owner.js';

/** The lock of whoever makes or drops a layer. */
export const lockOf = (layer: string): string => `${layer}.lock`;

/** Takes a lock that nobody has. @throws when the disk takes none */
export async function tryLock(lock: string): Promise<boolean> {
  const name = `${ownName()}.${randomBytes(4).toString('hex')}`;
  // Below the folder's other names of this kind, which are swept when their process is gone.
  const ticket = lock.replace(/[^/]*$/, name);
  await writeFile(ticket, name);
  try {
    if (!(await isLinked(ticket, lock))) return false;
    await utimes(lock, new Date(), new Date());
    return true;
  } finally {
    await rm(ticket, { force: true });
  }
}

/** Whether somebody who may still live has a lock; one of the dead is removed. */
export async function isLocked(lock: string): Promise<boolean> {
  const owner = await readFile(lock, 'utf8').catch(() => null);
  if (owner === null) return false;
  if (ownerState(owner) !== 'dead') return true;
  await rm(lock, { force: true });
  return false;
}

async function isLinked(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    async (error: unknown) => {
      // Only "it is there" means waiting; a disk that takes no link at all must be told.
      const isThere = await stat(to).catch(() => null);
      if (isThere === null && errorCode(error) !== 'EEXIST') throw error;
      return false;
    },
  );
}
