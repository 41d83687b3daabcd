/**
 * Who made a folder or a lock file: the machine (or container), the process and its start. What a process
 * that was killed left behind is found by its name, with no lock to hold and no heartbeat to write.
 */
import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { processStart } from './processes.js';

/** `elsewhere`: another machine or container sharing the folder, whose processes cannot be seen from here. */
export type OwnerState = 'alive' | 'dead' | 'elsewhere';

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
