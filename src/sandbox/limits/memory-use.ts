/** Computes the memory of a command's processes from their files in /proc. Pure. */

const KIB = 1024;

/** A process's memory, from `/proc/PID/status`. */
export interface ProcessMemory {
  readonly pid: number;
  readonly parent: number;
  /** It waits for a child that runs in its memory (vfork), or for a disk. */
  readonly isWaiting: boolean;
  /** Its private and shared memory in RAM, its swapped memory and its page tables. Mapped files are not included. */
  readonly bytes: number;
  /** Address space, to recognise a child that runs in its parent's memory. */
  readonly space: number;
}

/** Parses `/proc/PID/status`. Kernel threads and processes that have exited have no memory. */
export function parseStatus(status: string): ProcessMemory {
  return {
    pid: field(status, 'Pid'),
    parent: field(status, 'PPid'),
    isWaiting: /^State:\tD/m.test(status),
    bytes: sum(status, ['RssAnon', 'RssShmem', 'VmSwap', 'VmPTE']),
    space: field(status, 'VmSize'),
  };
}

/**
 * Parses the proportional memory in `/proc/PID/smaps_rollup`: a page that several processes share counts once in their
 * sum. Null when the kernel does not report it.
 */
export function parseProportional(rollup: string): number | null {
  if (!rollup.includes('\nPss_Anon:')) return null;
  return sum(rollup, ['Pss_Anon', 'Pss_Shmem', 'SwapPss']);
}

/**
 * Removes children that run in their parent's memory, between vfork and exec. Otherwise a large program would count
 * twice whenever it starts another one. At most one child of each waiting parent is removed.
 */
export function withoutBorrowers(processes: readonly ProcessMemory[]): ProcessMemory[] {
  const borrowers = new Set<ProcessMemory>();
  for (const parent of processes.filter(({ isWaiting }) => isWaiting)) {
    const child = processes.find(
      (other) => other.parent === parent.pid && other.space === parent.space && other.bytes === parent.bytes,
    );
    if (child !== undefined) borrowers.add(child);
  }
  return processes.filter((process) => !borrowers.has(process));
}

/** A processor fills memory at two gigabytes a second at most: the kernel clears each page first. */
const FILL_BYTES_PER_MS = (2 * 1024 ** 3) / 1000;
/** A check takes about 20 microseconds for each process, so more frequent checks would cost several percent. */
const MIN_WAIT_MS = 25;
/** The longest wait, also for large limits. Four checks a second cost a thousandth of a processor. */
const MAX_WAIT_MS = 250;
/** The share of its time that a slow check may take, which reads page tables of gigabytes. */
const DUTY = 10;

/**
 * Decides when to check again: before the command could have filled the rest of its memory.
 * @param freeBytes what is left of the limit
 * @param tookMs duration of the last check
 */
export function nextCheckMs(freeBytes: number, processors: number, tookMs: number): number {
  const untilFull = freeBytes / (FILL_BYTES_PER_MS * processors);
  return Math.max(MIN_WAIT_MS, Math.min(MAX_WAIT_MS, untilFull), DUTY * tookMs);
}

function sum(text: string, names: readonly string[]): number {
  return names.reduce((total, name) => total + field(text, name), 0) * KIB;
}

/** The number in a line such as `VmPTE:      44 kB`; 0 when there is no such line. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
}
