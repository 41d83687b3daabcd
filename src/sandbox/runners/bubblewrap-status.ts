/** What the launcher and bubblewrap report of a sandbox while it runs. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { READY } from './launch-script.js';
import { isAlive, processStart } from '../../shared/process-stat.js';
import { killProcess } from '../processes.js';

/** Between two looks for a process that was killed. */
const LOOK_MS = 2;
/** One that hangs in the kernel for longer is beyond us. */
const GONE_MS = 2000;

interface Reports {
  /** bubblewrap's own lines, as JSON. */
  readonly bubblewrap: Readable;
  readonly launcher: Readable;
  readonly errors: Readable | null;
}

/** A process that no other is taken for: numbers are given again. */
interface Known {
  readonly pid: number;
  readonly start: string;
}

export class SandboxStatus {
  /** Errors of the set-up, as they were printed. */
  said = '';
  /** Settles when the command is about to start, and with false when it never will. */
  readonly ready: Promise<boolean>;
  /** Settles when nothing more will be reported. */
  readonly ended: Promise<unknown>;
  /** The command's exit code; null as long as it has not ended by itself. */
  exitCode: number | null = null;
  /** Whether its files used up what they may; known when the command has failed by itself. */
  diskFull = false;
  private first: Known | null = null;
  private reported = '';

  constructor({ bubblewrap, launcher, errors }: Reports) {
    bubblewrap.setEncoding('utf8').on('data', (part: string) => this.takeIn(part));
    errors?.setEncoding('utf8').on('data', (part: string) => (this.said += part));
    this.ended = once(launcher, 'close');
    this.ready = new Promise((resolve) => {
      launcher.setEncoding('utf8').on('data', (part: string) => {
        if (part.startsWith(READY)) resolve(true);
        this.diskFull ||= saysFull(part);
      });
      launcher.once('close', () => resolve(false));
    });
  }

  private takeIn(part: string): void {
    this.reported += part;
    const pid = Number(/"child-pid": *(\d+)/.exec(this.reported)?.[1]);
    const code = /"exit-code": *(\d+)/.exec(this.reported)?.[1];
    if (code !== undefined) this.exitCode = Number(code);
    if (this.first !== null || Number.isNaN(pid)) return;
    const start = processStart(pid);
    if (start !== null) this.first = { pid, start };
  }

  /** Kills the sandbox's first process, and with it all that it started. */
  killFirst(): void {
    if (this.first !== null && this.isThere(this.first)) killProcess(this.first.pid);
  }

  /** Waits until the first process is gone: the kernel lets it go after all others of its namespace. */
  async untilGone(): Promise<void> {
    const until = Date.now() + GONE_MS;
    while (this.first !== null && this.isThere(this.first) && Date.now() < until) await sleep(LOOK_MS);
  }

  private isThere({ pid, start }: Known): boolean {
    return isAlive(pid) && processStart(pid) === start;
  }
}

/** A program that finds no room for a block of its own gives up, and a few may have been left by then. */
const FEW_LEFT = 16;

/** The launcher's line of free blocks and files. */
function saysFull(part: string): boolean {
  const [, blocks, files] = /^(\d+) (\d+)$/m.exec(part) ?? [];
  return blocks !== undefined && files !== undefined && Math.min(Number(blocks), Number(files)) < FEW_LEFT;
}
