import type { GitStore } from '../git/store/git-store.js';

/**
 * How often the store is checked, which costs two folder listings. A busy worker makes some thousands of objects in a
 * minute, enough for packing to pay off.
 */
const MAINTENANCE_MS = 60_000;

/**
 * Packs the git store while the worker runs. In a run of thousands of tasks, every git process would otherwise get
 * slower with each object. Only one of several workers on a store packs it at a time; readers and writers continue
 * meanwhile.
 */
export class Housekeeping {
  private readonly timer: NodeJS.Timeout;
  private working: Promise<unknown> = Promise.resolve();
  private busy = false;

  constructor(
    private readonly store: Pick<GitStore, 'maintain'>,
    everyMs: number = MAINTENANCE_MS,
  ) {
    this.timer = setInterval(() => this.maintain(), everyMs);
    this.timer.unref();
  }

  /** Stops, and waits for a running maintenance: seconds. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  private maintain(): void {
    if (this.busy) return;
    this.busy = true;
    this.working = this.store.maintain().then(
      () => (this.busy = false),
      // Ignored: with a full disk or a broken store, the next activity fails with a message that says what to do.
      () => (this.busy = false),
    );
  }
}
