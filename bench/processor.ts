/** Processor time, memory and number of processes, as Linux counts them in /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports times in /proc in hundredths of a second, independent of the kernel's clock. */
const MS_A_TICK = 10;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** Processor time of the process and of its children that have ended. */
  readonly ms: number;
  /** The part of it that ended children spent. */
  readonly childrenMs: number;
}

/**
 * Processor time of a process and all its descendants, in ms. Ended children are included in their parent's count;
 * running ones are added.
 * @param without a descendant that is counted elsewhere, with its own descendants
 */
export function processorMs(root: number, without?: number): number {
  const entries = allProcesses();
  const family = new Set([root]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of entries) if (family.has(parent) && pid !== without) family.add(pid);
  }
  return entries.filter(({ pid }) => family.has(pid)).reduce((sum, { ms }) => sum + ms, 0);
}

/** Processor time of this process's children that have ended, with their own ended children, in ms. */
export function endedChildrenMs(): number {
  const { childrenMs } = entryOf(process.pid, read('/proc/self/stat') ?? '');
  return childrenMs;
}

/**
 * How many processes and threads were started on the whole machine since it booted. The kernel counts them nowhere by
 * parent, and most children of a run live too short to be seen in /proc.
 */
export function startedOnMachine(): number {
  return Number(/^processes (\d+)$/m.exec(read('/proc/stat') ?? '')?.[1] ?? NaN);
}

/**
 * Processor time that the whole machine has spent since it booted, in ms. The time of a command in a sandbox is found nowhere
 * else: bubblewrap ends without waiting for its own child, so that the time goes to no process that started it.
 */
export function machineMs(): number {
  const [user, nice, system, , , irq, softirq] = (/^cpu +(.*)$/m.exec(read('/proc/stat') ?? '')?.[1] ?? '')
    .split(' ')
    .map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * MS_A_TICK;
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
  const own = ((user ?? 0) + (system ?? 0)) * MS_A_TICK;
  const childrenMs = ((childrenUser ?? 0) + (childrenSystem ?? 0)) * MS_A_TICK;
  return { pid, parent: Number(fields[1]), ms: own + childrenMs, childrenMs };
}

/** Reads a file of /proc; null when its process has ended meanwhile. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
