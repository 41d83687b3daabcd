/** Processor time and memory of processes, as Linux counts them in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports times in /proc in hundredths of a second, independent of the kernel's clock. */
const MS_A_TICK = 10;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** Processor time of the process and of its children that have ended. */
  readonly ms: number;
}

/**
 * Processor time of a process and all its descendants, in ms. Ended children are included in their parent's count;
 * running ones are added.
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

/** The process that started another one. */
export function parentOf(pid: number): number {
  return allProcesses().find((entry) => entry.pid === pid)?.parent ?? pid;
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
  // The fields from the third on. The second, the name in brackets, may contain spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = fields.slice(11, 15).map(Number);
  const ticks = (user ?? 0) + (system ?? 0) + (childrenUser ?? 0) + (childrenSystem ?? 0);
  return { pid, parent: Number(fields[1]), ms: ticks * MS_A_TICK };
}

/** Reads a file of /proc; null when its process has ended meanwhile. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
