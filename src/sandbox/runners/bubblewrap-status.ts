/** What the launcher and bubblewrap report of a sandbox while it runs. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { READY_LINE } from './launch-script.js';
import { isAlive, processStart } from '../../shared/process-stat.js';
import { killProcess } from '../processes.js';

/** Between two looks for a process that was killed. */
const POLL_MS = 2;
/** One that hangs in the kernel for longer is beyond us. */
const EXIT_TIMEOUT_MS = 2000;

interface Reports {
  /** bubblewrap's own lines, as JSON. */
  readonly bubblewrap: Readable;
  readonly launcher: Readable;
  readonly errors: Readable | null;
}

/** A process that no other is taken for: numbers are given again. */
interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
}

export class SandboxStatus {
  /** Errors of the set-up, as they were printed. */
  errorOutput = '';
  /** Settles when the command is about to start, and with false when it never will. */
  readonly ready: Promise<boolean>;
  /** Settles when nothing more will be reported. */
  readonly ended: Promise<unknown>;
  /** The command's exit code; null as long as it has not ended by itself. */
  exitCode: number | null = null;
  /** Whether its files used up what they may; known when the command has failed by itself. */
  diskFull = false;
  private init: ProcessIdentity | null = null;
  private reported = '';

  constructor({ bubblewrap, launcher, errors }: Reports) {
    bubblewrap.setEncoding('utf8').on('data', (part: string) => this.parseStatus(part));
    errors?.setEncoding('utf8').on('data', (part: string) => (this.errorOutput += part));
    this.ended = once(launcher, 'close');
    this.ready = new Promise((resolve) => {
      launcher.setEncoding('utf8').on('data', (part: string) => {
        if (part.startsWith(READY_LINE)) resolve(true);
        this.diskFull ||= isDiskFull(part);
      });
      launcher.once('close', () => resolve(false));
    });
  }

  private parseStatus(part: string): void {
    this.reported += part;
    const pid = Number(/"child-pid": *(\d+)/.exec(this.reported)?.[1]);
    const code = /"exit-code": *(\d+)/.exec(this.reported)?.[1];
    if (code !== undefined) this.exitCode = Number(code);
    if (this.init !== null || Number.isNaN(pid)) return;
    const start = processStart(pid);
    if (start !== null) this.init = { pid, start };
  }

  /** Kills the sandbox's first process, and with it all that it started. */
  killInit(): void {
    if (this.init !== null && this.isRunning(this.init)) killProcess(this.init.pid);
  }

  /** Waits until the first process is gone: the kernel lets it go after all others of its namespace. */
  async waitUntilGone(): Promise<void> {
    const until = Date.now() + EXIT_TIMEOUT_MS;
    while (this.init !== null && this.isRunning(this.init) && Date.now() < until) await sleep(POLL_MS);
  }

  private isRunning({ pid, start }: ProcessIdentity): boolean {
    return isAlive(pid) && processStart(pid) === start;
  }
}

/** A program that finds no room for a block of its own gives up, and a few may have been left by then. */
const NEARLY_FULL = 16;

/** The launcher's line of free blocks and files. */
function isDiskFull(part: string): boolean {
  const [, blocks, files] = /^(\d+) (\d+)$/m.exec(part) ?? [];
  return blocks !== undefined && files !== undefined && Math.min(Number(blocks), Number(files)) < NEARLY_FULL;
}
