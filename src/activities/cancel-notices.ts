import type { RunId } from '../contract/ids.js';

/** What is under way in this process, to be stopped at once when its run is cancelled. */
export class CancelNotices {
  private readonly callbacks = new Map<RunId, Set<() => void>>();
  private idle = (): void => undefined;

  /** Calls `stop` when the run is cancelled, until the function that this gives is called. */
  watch(run: RunId, stop: () => void): () => void {
    const stops = this.callbacks.get(run) ?? new Set();
    this.callbacks.set(run, stops.add(stop));
    return () => {
      stops.delete(stop);
      if (stops.size > 0 || this.callbacks.get(run) !== stops) return;
      this.callbacks.delete(run);
      if (this.callbacks.size === 0) this.idle();
    };
  }

  /** Calls `idle`, in place of the one before, whenever the last of all that was under way has ended. */
  onIdle(idle: () => void): void {
    this.idle = idle;
  }

  /** The runs that something is under way for. */
  runs(): RunId[] {
    return [...this.callbacks.keys()];
  }

  /** Stops all that is still under way in this process, whatever it is for: the process has to go. */
  cancelAll(): void {
    for (const run of this.runs()) this.cancel(run);
  }

  /** Tells what is under way for the run. */
  cancel(run: RunId): void {
    for (const stop of this.callbacks.get(run) ?? []) stop();
  }
}
