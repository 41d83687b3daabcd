/** What a command on a commit may use. Pure. */

export interface Limits {
  /** Memory of everything that it starts, its files included. */
  readonly memoryBytes: number;
  /** Processes and threads at the same time. */
  readonly processes: number;
  /** What it may write, and how many files and folders. */
  readonly diskBytes: number;
  readonly files: number;
  /** Processor time of everything together, as a multiple of the wall time that it may have. */
  readonly processors: number;
  /** Open files of one process. */
  readonly openFiles: number;
}

const GIB = 1024 ** 3;
/** Builds of large projects stay below; one that needs more would take a slot's neighbours down with it. */
const MAX_MEMORY = 8 * GIB;
/** A thousand: ten test workers with all their threads; a fork bomb is at it within a tenth of a second. */
const PROCESSES = 1024;
/** The largest `node_modules` have some two hundred thousand; each takes a kilobyte of the kernel's memory. */
const FILES = 400_000;
/** A test that keeps more than four processors busy all its time takes them from other tests. */
const PROCESSORS = 4;
/** Servers and watchers open thousands; nobody's test needs a million. */
const OPEN_FILES = 16_384;

/** @param machineBytes the memory of this machine: half of it at most, and half of that for files */
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
