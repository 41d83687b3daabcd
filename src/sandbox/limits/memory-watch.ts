/**
 * Limits the memory of a whole command where no control group can be created: measures all its processes and its files
 * several times a second. The kernel's own limit (RLIMIT_DATA) is for each process and does not count shared memory.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import {
  nextCheckMs,
  parseProportional,
  parseStatus,
  withoutBorrowers,
  type ProcessMemory,
} from './memory-use.js';

/** What is watched. */
export interface WatchedSandbox {
  readonly limitBytes: number;
  /** The process id of the sandbox's init process; null before it has started. */
  initPid(): number | null;
  /** A folder of the sandbox's own file system, as the command sees it. */
  readonly folder: string;
  /** Stops the command. */
  stop(): void;
}

export class MemoryWatch {
  /** Whether the command has used more than its limit. */
  exceeded = false;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(private readonly sandbox: WatchedSandbox) {
    this.#schedule(0, 0);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(usedBytes: number, tookMs: number): void {
    const wait = nextCheckMs(this.sandbox.limitBytes - usedBytes, availableParallelism(), tookMs);
    this.#timer = setTimeout(() => void this.#check(), wait);
  }

  async #check(): Promise<void> {
    const started = performance.now();
    const pid = this.sandbox.initPid();
    const used = pid === null ? 0 : await measureMemory(`/proc/${pid}/root`, this.sandbox);
    if (this.#isClosed) return;
    if (used > this.sandbox.limitBytes) {
      this.exceeded = true;
      this.sandbox.stop();
      return;
    }
    this.#schedule(used, performance.now() - started);
  }
}

/** Measures processes and files. Adds up resident memory first, and shared pages only once if that is too much. */
async function measureMemory(root: string, { limitBytes, folder }: WatchedSandbox): Promise<number> {
  const processes = withoutBorrowers(listProcesses(`${root}/proc`));
  if (processes.length === 0) return 0;
  const files = await readFileBytes(`${root}${folder}`);
  const resident = processes.reduce((total, { bytes }) => total + bytes, files);
  if (resident <= limitBytes) return resident;
  const proportional = await Promise.all(
    processes.map(({ pid, bytes }) => readProportional(`${root}/proc/${pid}`, bytes)),
  );
  return proportional.reduce((total, bytes) => total + bytes, files);
}

/**
 * Lists the processes in a sandbox's own /proc. Empty before the sandbox is set up and after its end: until its file
 * system is in place, its root folder is the machine's, where this process finds itself.
 */
function listProcesses(proc: string): ProcessMemory[] {
  try {
    readlinkSync(`${proc}/self`);
    return [];
  } catch {
    // This process is not in the sandbox.
  }
  return listNames(proc).flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [parseStatus(readFileSync(`${proc}/${name}/status`, 'latin1'))] : [];
    } catch {
      // It has exited.
      return [];
    }
  });
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Bytes of all files in a file system; 0 when it is gone. */
async function readFileBytes(folder: string): Promise<number> {
  const stats = await statfs(folder).catch(() => null);
  return stats === null ? 0 : (stats.blocks - stats.bfree) * stats.bsize;
}

async function readProportional(process: string, resident: number): Promise<number> {
  const rollup = await readFile(`${process}/smaps_rollup`, 'latin1').catch(() => null);
  return rollup === null ? resident : (parseProportional(rollup) ?? resident);
}
