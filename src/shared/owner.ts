/**
 * Who made a folder or a lock file: the machine (or container), the process and its start. What a process
 * that was killed left behind is found by its name, with no lock to hold and no heartbeat to write.
 */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { processStart } from './process-stat.js';

/** `elsewhere`: another machine or container sharing the folder, whose processes cannot be seen from here. */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

/**
 * What another machine or container left is removed after this time, since its process cannot be looked up:
 * longer than any test, or git, may sensibly take.
 */
const FOREIGN_AGE_MS = 24 * 60 * 60 * 1000;

/** Four digits tell apart the few machines that may share one folder, and keep paths short. */
const HERE = createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 4);

/** This process's name; matches OWNER_PATTERN. */
export function ownName(): string {
  return `${HERE}.${process.pid}.${startOf(process.pid) ?? '0'}`;
}

/** What ownName() gives, as the beginning of a longer name. */
export const OWNER_PATTERN = /^([0-9a-f]{4})\.(\d+)\.([0-9a-z]+)/;

/** Whether the process that a name begins with is still there; null when the name has no owner. */
export function ownerState(name: string): OwnerState | null {
  const [, place, pid, start] = OWNER_PATTERN.exec(name) ?? [];
  if (place === undefined || pid === undefined) return null;
  if (place !== HERE) return 'elsewhere';
  if (!isThere(Number(pid))) return 'dead';
  // The same pid with another start is another process.
  return (startOf(Number(pid)) ?? '0') === start ? 'alive' : 'dead';
}

/** Whether what is at a path was left by the process that `owner` names. */
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

/** The time since a file or folder was last changed; 0 when it is gone. */
export async function ageMs(path: string): Promise<number> {
  const stats = await stat(path).catch(() => null);
  return stats === null ? 0 : Date.now() - stats.mtimeMs;
}

function startOf(pid: number): string | null {
  const ticks = processStart(pid);
  return ticks === null ? null : Number(ticks).toString(36);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Containers may share a host's name, but not its process numbers. Empty where the system has no such thing. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
