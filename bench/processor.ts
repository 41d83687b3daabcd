/** Processor time and memory of processes, as Linux counts them in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux tells times in hundredths of a second, whatever the kernel's own clock. */
const MS_A_TICK = 10;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** Of the process and of all its children that have ended. */
  readonly ms: number;
}

/**
 * Processor time of a process and of all it ever started, in ms: what has ended is in its parent's count, what
 * still runs is looked up.
 */
export function processorMs(root: number): number {
  const entries = allProcesses();
  const family = new Set([root]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of entries) if (family.has(parent)) family.add(pid);
  }
  return entries.filter(({ pid }) => family.has(pid)).reduce((sum, { ms }) => sum + ms, 0);
}

/** Resident memory of one process, in KiB; 0 when it is gone. */
export function residentKiB(pid: number): number {
  const status = read(`/proc/${pid}/status`) ?? '';
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

function allProcesses(): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      return stat === null ? [] : [entryOf(Number(name), stat)];
    });
}

function entryOf(pid: number, stat: string): Entry {
  // The fields from the third on: the second, the name, may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  const ticks = (user ?? 0) + (system ?? 0) + (childrenUser ?? 0) + (childrenSystem ?? 0);
  return { pid, parent: Number(fields[1]), ms: ticks * MS_A_TICK };
}

/** A process may be gone at any moment: then there is nothing to read. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
