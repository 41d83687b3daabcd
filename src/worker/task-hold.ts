import { setTimeout as delay } from 'node:timers/promises';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** How soon activities start when a hold becomes shorter. One timer for all of them. */
const LOOK_MS = 20;

/**
 * A lead that is replayed, or continues as new, needs a second or two. If it needs much longer, tasks are not held back again for
 * as long as they were.
 */
const LONGEST_MS = 5_000;

/**
 * Holds back the steps of tasks (their turns, commands and tests) while a lead needs the processor. Nothing starts in a run whose
 * lead is replayed: beside 400 tasks, that took five to six seconds for 6,000 events, and takes two and a half when they wait.
 */
export class TaskHold {
  #since = -Infinity;
  #until = -Infinity;
  #restsUntil = -Infinity;
  /** What all activities wait for that are held back. */
  #looked: Promise<void> | undefined;

  /** @param now the time in milliseconds, by a steady clock */
  constructor(private readonly now = () => performance.now()) {}

  /**
   * Holds back the activities of tasks for some milliseconds from now on, whatever was asked for before. After the longest hold
   * it can only become shorter, until they have gone on for as long.
   */
  hold(ms: number): void {
    const now = this.now();
    if (now < this.#restsUntil) {
      this.#until = Math.min(this.#until, now + ms);
      return;
    }
    if (now >= this.#until) this.#since = now;
    this.#until = now + ms;
    if (this.#until - this.#since >= LONGEST_MS) this.#restsUntil = this.#until + LONGEST_MS;
  }

  /** For how long an activity of a task has to wait from now on, in milliseconds. */
  get remainingMs(): number {
    return Math.max(0, this.#until - this.now());
  }

  readonly interceptor: ActivityInterceptorsFactory = ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        if (info.workflowType === 'taskRun') await this.untilOver();
        return next(input);
      },
    },
  });

  /** Waits until tasks are not held back. */
  async untilOver(): Promise<void> {
    while (this.remainingMs > 0) await (this.#looked ??= this.#look());
  }

  /** Waits for the end of the hold, or until it may have become shorter. */
  async #look(): Promise<void> {
    await delay(Math.min(this.remainingMs, LOOK_MS));
    this.#looked = undefined;
  }
}
