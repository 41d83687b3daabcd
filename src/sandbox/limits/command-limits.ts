/** The resource limits of a command on a commit. Pure. */

export interface Limits {
  /** Memory of all its processes together, including its files, which are in memory. */
  readonly memoryBytes: number;
  /** Number of processes and threads at the same time. */
  readonly processes: number;
  /** Total size of the files that it writes. */
  readonly diskBytes: number;
  /** Number of files and folders that it creates. */
  readonly files: number;
  /** Processor time of all its processes together, as a multiple of its time limit. */
  readonly processors: number;
  /** Number of open files of each process. */
  readonly openFiles: number;
}

const GIB = 1024 ** 3;
/** Builds of large projects need less. A command that used more would starve the other commands on the machine. */
const MAX_MEMORY = 8 * GIB;
/** Enough for ten test workers with all their threads. A fork bomb reaches it within a tenth of a second. */
const PROCESSES = 1024;
/** The largest `node_modules` folders have about 200,000 files. Each file takes about 1 KB of kernel memory. */
const FILES = 400_000;
/** A test that keeps more than four processors busy for its whole time limit takes them from other tests. */
const PROCESSORS = 4;
/** Servers and file watchers open thousands of files. No test needs a million. */
const OPEN_FILES = 16_384;

/**
 * Computes the limits for a machine: at most half of its memory, and half of that for files.
 * @param machineBytes the memory of this machine
 */
export function limitsFor(machineBytes: number): Limits {
  const memoryBytes = Math.min(MAX_MEMORY, Math.floor(machineBytes / 2));
  return {
    memoryBytes,
    processes: PROCESSES,
    diskBytes: Math.floor(memoryBytes / 2),
    files: FILES,
    processors: PROCESSORS,
    openFiles: OPEN_FILES,
  };
}
