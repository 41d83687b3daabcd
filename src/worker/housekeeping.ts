import type { GitStore } from '../git/store/git-store.js';
import { removeOldOutputs } from '../sandbox/output-files.js';

/** The time between two rounds of each chore, in ms. */
const INTERVALS = {
  /**
   * A check of the store costs a few folder listings. A busy worker makes some thousands of objects in a minute, enough for
   * packing to pay off.
   */
  store: 60_000,
  /**
   * A busy worker has some hundred failed tests in an hour, whose outputs take less than a gigabyte beside those that are
   * kept. A worker may run for weeks.
   */
  outputs: 60 * 60_000,
} as const;

/**
 * Packs the git store and removes old outputs while the worker runs. In a run of thousands of tasks, every git process
 * would otherwise get slower with each object. Only one of several workers on a store packs it at a time; readers and
 * writers continue meanwhile.
 */
export class Housekeeping {
  private readonly chores: readonly Chore[];

  /** @param outputsFolder the folder of `storeOutput` */
  constructor(
    store: Pick<GitStore, 'maintain'>,
    outputsFolder: string,
    everyMs: Readonly<Record<keyof typeof INTERVALS, number>> = INTERVALS,
  ) {
    this.chores = [
      new Chore(() => store.maintain(), everyMs.store),
      new Chore(() => removeOldOutputs(outputsFolder), everyMs.outputs),
    ];
  }

  /** Stops, and waits for what is running: seconds. */
  async stop(): Promise<void> {
    await Promise.all(this.chores.map((chore) => chore.stop()));
  }
}

/** Work that is repeated, one round at a time. */
class Chore {
  private readonly timer: NodeJS.Timeout;
  private working: Promise<unknown> = Promise.resolve();
  private busy = false;

  constructor(
    private readonly work: () => Promise<unknown>,
    everyMs: number,
  ) {
    this.timer = setInterval(() => this.begin(), everyMs);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  private begin(): void {
    if (this.busy) return;
    this.busy = true;
    this.working = this.work().then(
      () => (this.busy = false),
      // Ignored: with a full disk or a broken store, the next activity fails with a message that says what to do.
      () => (this.busy = false),
    );
  }
}
