/** Facts about a process from /proc (Linux). Null without /proc, or when the process has ended. */
import { readFileSync } from 'node:fs';

/** A process's start, in clock ticks since boot. Together with the pid it names one process uniquely. */
export function processStart(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && !isEndedState(state);
}

/** Whether a process has ended, with all its threads, and its parent has not noticed it yet. */
export function isZombie(pid: number): boolean {
  const fields = statFields(pid);
  const state = fields?.[0];
  // The first thread may have ended while another one still writes to a disk that does not answer.
  return state !== undefined && isEndedState(state) && Number(fields?.[17]) <= 1;
}

/** Whether a process is suspended: by SIGSTOP, or from a terminal. */
export function isSuspended(pid: number): boolean {
  return statFields(pid)?.[0] === 'T';
}

/** Whether a state, the first of `statFields`, means that the process has ended. */
export function isEndedState(state: string): boolean {
  return state === 'Z' || state === 'X';
}

/** The fields of /proc/PID/stat from the third (state) on. The second may hold blanks and brackets. */
export function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // The process has ended, or belongs to another user.
    return null;
  }
}
