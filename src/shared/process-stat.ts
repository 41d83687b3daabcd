/** What Linux says of a process in /proc; nothing where there is no such thing, or where the process is gone. */
import { readFileSync } from 'node:fs';

/** Linux counts a process's start in ticks since boot; with its pid that names one process for good. */
export function processStart(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Whether a process is there and not just waiting for its parent to take note of its end. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The fields of /proc/PID/stat from the third (state) on: the second may hold blanks and brackets. */
export function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It may be gone, or be another user's, at any moment: then there is nothing to read.
    return null;
  }
}
