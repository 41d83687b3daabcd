/**
 * Names that identify the owner of a folder or a lock file: the machine (or container), the process and its start. They
 * show which files a killed process left, without a lock or a heartbeat.
 */
import { stat } from 'node:fs/promises';
import { errorCode } from '../error-code.js';
import { IDENTITY_DIGITS, ownHostIdentity } from './host-identity.js';
import { isZombie, processStart } from './process-stat.js';

/** `elsewhere`: on another machine or in another container that shares the folder. Its processes cannot be seen. */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

/**
 * After this time a file of another machine or container counts as left over, because its process cannot be seen from
 * here. It is longer than any test, or git, should take.
 */
const FOREIGN_AGE_MS = 24 * 60 * 60 * 1000;

/** Identifies this machine or container. */
export const HERE = ownHostIdentity();

/** This process's name; matches OWNER_PATTERN. */
export function ownName(): string {
  return `${HERE}.${process.pid}.${startOf(process.pid) ?? '0'}`;
}

/** Matches a name that begins with what ownName() returns. */
export const OWNER_PATTERN = new RegExp(`^([0-9a-f]{${IDENTITY_DIGITS}})\\.(\\d+)\\.([0-9a-z]+)`);

/** The state of the process that a name begins with; null when the name has no owner. */
export function ownerState(name: string): OwnerState | null {
  const [, place, pid, start] = OWNER_PATTERN.exec(name) ?? [];
  if (place === undefined || pid === undefined) return null;
  if (place !== HERE) return 'elsewhere';
  if (!isRunning(Number(pid))) return 'dead';
  // The same pid with another start is another process. A start that cannot be read proves nothing.
  const found = startOf(Number(pid));
  return found === null || found === start ? 'alive' : 'dead';
}

/** Whether the owner of a file or folder has ended, so that it may be removed. */
export async function isLeftOver(owner: string, path: string): Promise<boolean> {
  switch (ownerState(owner)) {
    case 'dead':
      return true;
    case 'elsewhere':
      return (await ageMs(path)) > FOREIGN_AGE_MS;
    case 'alive':
    case null:
      return false;
  }
}

/** Milliseconds since a file or folder was last changed; 0 when it does not exist. */
export async function ageMs(path: string): Promise<number> {
  const stats = await stat(path).catch(() => null);
  return stats === null ? 0 : Date.now() - stats.mtimeMs;
}

function startOf(pid: number): string | null {
  const ticks = processStart(pid);
  return ticks === null ? null : Number(ticks).toString(36);
}

/** Whether a process runs. A zombie does not: the init of some containers never removes those of orphans, of others late. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return !isZombie(pid);
}
