/** The running processes, as /proc shows them. */
import { readdirSync, readFileSync } from 'node:fs';
import { statFields } from '../../src/shared/process/process-stat.js';

/** The process id of a worker's launcher; undefined while it has none. */
export function launcherOf(worker: number): number | undefined {
  return allPids().find((pid) => parentOf(pid) === worker && /\blauncher\.m?js\0/.test(commandLine(pid)));
}

/** The children of a process that it has waited for: their page faults, of which each has some. 0 when it had none. */
export function faultsOfChildren(pid: number): number {
  return Number(statFields(pid)?.[8]);
}

/** The process ids of all ancestors of a process, its parent first. */
export function ancestorsOf(pid: number): number[] {
  const parent = parentOf(pid);
  return parent > 1 ? [parent, ...ancestorsOf(parent)] : [];
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => !Number.isNaN(pid));
}

/** The words of a process's command, each ended by NUL; empty when it has ended. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function parentOf(pid: number): number {
  return Number(statFields(pid)?.[1] ?? 0);
}
