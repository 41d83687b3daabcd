/** Collects the reports of the launch script and bubblewrap about a running sandbox. */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { COPIED_LINE, READY_LINE } from './launch-script.js';
import { isAlive, processStart } from '../../shared/process/process-stat.js';
import { killProcess } from '../processes.js';

/** Interval of the checks whether a killed process has exited. */
const POLL_MS = 2;
/** A process that has not exited by then hangs in the kernel. */
const EXIT_TIMEOUT_MS = 2000;

interface Reports {
  /** The lines of the launch script, and those of bubblewrap in JSON. */
  readonly lines: Readable;
  readonly errors: Readable;
}

/** Characters of the error output that are kept, from its end. A server may print to it for as long as it runs. */
const ERROR_CHARS = 64 * 1024;

/** Identifies a process by its id and its start time, because the kernel reuses ids. */
interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

export class SandboxStatus {
  /** The error output of the sandbox's set-up. */
  errorOutput = '';
  /** Resolves with true when the command is about to start, with false when it will not start. */
  readonly ready: Promise<boolean>;
  /** Settles when all reports have been received. */
  readonly ended: Promise<void>;
  /** The command's exit code; null until it has exited by itself. */
  exitCode: number | null = null;
  /** Whether the command's disk quota is used up. Set only after the command has failed by itself. */
  diskFull = false;
  /** Whether the files to keep were copied out of the sandbox. */
  isCopied = false;
  private init: ProcessIdentity | null = null;
  private reported = '';

  constructor({ lines, errors }: Reports) {
    errors.on('data', (part: Buffer) => {
      this.errorOutput = (this.errorOutput + part.toString('utf8')).slice(-ERROR_CHARS);
    });
    this.ended = new Promise((resolve) => lines.once('close', resolve));
    lines.setEncoding('utf8').on('data', (part: string) => this.parseReports(part));
    this.ready = new Promise((resolve) => {
      lines.on('data', () => {
        if (this.hasReported(READY_LINE)) resolve(true);
      });
      lines.once('close', () => resolve(false));
    });
  }

  private parseReports(part: string): void {
    this.reported += part;
    this.diskFull = isDiskFull(this.reported);
    this.isCopied = this.hasReported(COPIED_LINE);
    const pid = Number(/"child-pid": *(\d+)/.exec(this.reported)?.[1]);
    const code = /"exit-code": *(\d+)/.exec(this.reported)?.[1];
    if (code !== undefined) this.exitCode = Number(code);
    if (this.init !== null || Number.isNaN(pid)) return;
    const start = processStart(pid);
    if (start !== null) this.init = { pid, start };
  }

  private hasReported(line: string): boolean {
    return this.reported.split('\n').includes(line);
  }

  /** The init process's id; null before it has started and after it has exited. */
  initPid(): number | null {
    return this.init !== null && this.isRunning(this.init) ? this.init.pid : null;
  }

  /** Kills the sandbox's init process, and with it all processes of its namespace. */
  killInit(): void {
    if (this.init !== null && this.isRunning(this.init)) killProcess(this.init.pid);
  }

  /** Waits until the init process has exited. The kernel lets it exit after all others in its namespace. */
  async waitUntilGone(): Promise<void> {
    const until = Date.now() + EXIT_TIMEOUT_MS;
    while (this.init !== null && this.isRunning(this.init) && Date.now() < until) await sleep(POLL_MS);
  }

  private isRunning({ pid, start }: ProcessIdentity): boolean {
    return isAlive(pid) && processStart(pid) === start;
  }
}

/** With at most this many free blocks or files the disk counts as full: programs may fail before the last is used. */
const NEARLY_FULL = 16;

/** Parses the launch script's line with the free blocks and files. */
function isDiskFull(reported: string): boolean {
  const [, blocks, files] = /^(\d+) (\d+)$/m.exec(reported) ?? [];
  return blocks !== undefined && files !== undefined && Math.min(Number(blocks), Number(files)) < NEARLY_FULL;
}
