import type { GitStore } from '../git/store/git-store.js';

/**
 * How often the store is looked at: two listings of a folder. At full speed a worker makes some thousands of
 * objects in a minute, which is when packing them begins to pay.
 */
const MAINTENANCE_MS = 60_000;

/**
 * Keeps the git store packed while a worker works: in a run of thousands of tasks every git process would get
 * slower with every object. Of several workers on one store one does it; readers and writers go on meanwhile.
 */
export class Housekeeping {
  private readonly timer: NodeJS.Timeout;
  private working: Promise<unknown> = Promise.resolve();
  private busy = false;

  constructor(
    private readonly store: Pick<GitStore, 'maintenance'>,
    everyMs: number = MAINTENANCE_MS,
  ) {
    this.timer = setInterval(() => this.maintain(), everyMs);
    this.timer.unref();
  }

  /** Looks no more, and waits for what is under way: seconds. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
  }

  private maintain(): void {
    if (this.busy) return;
    this.busy = true;
    this.working = this.store.maintenance().then(
      () => (this.busy = false),
      // A full disk or a broken store: whoever needs it says so, with what to do about it.
      () => (this.busy = false),
    );
  }
}
