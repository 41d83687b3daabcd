import type { RunId } from '../../contract/ids.js';

/** The cancellation of a run reaches all its workflows within seconds, on a busy server within this time. */
const RECENT_MS = 60_000;

/** Callbacks that stop the running activities of this process as soon as their run is cancelled. */
export class CancelNotices {
  private readonly callbacks = new Map<RunId, Set<() => void>>();
  /** When each run's cancellation was noticed, by the steady clock. */
  private readonly noticed = new Map<RunId, number>();
  private idle = (): void => undefined;

  /** Registers `stop` for the run's cancellation. @returns a function that removes it again */
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

  /** Sets the function that is called whenever the last running activity has ended. It replaces the earlier one. */
  onIdle(idle: () => void): void {
    this.idle = idle;
  }

  /** The runs that have running activities. */
  runs(): RunId[] {
    return [...this.callbacks.keys()];
  }

  /** Whether an activity that starts now may belong to a workflow that is just being cancelled. The run may be resumed too. */
  isRecent(run: RunId): boolean {
    return (this.noticed.get(run) ?? -Infinity) + RECENT_MS > performance.now();
  }

  /** Stops the activities of all runs, because the process has to end. */
  cancelAll(): void {
    for (const run of this.runs()) this.cancel(run);
  }

  /** Stops the activities of one run. */
  cancel(run: RunId): void {
    const now = performance.now();
    for (const [other, at] of this.noticed) if (at + RECENT_MS < now) this.noticed.delete(other);
    this.noticed.set(run, now);
    for (const stop of this.callbacks.get(run) ?? []) stop();
  }
}
