/** Lets other work of this thread go on while a long loop runs. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds after which other work gets its turn: short enough for a heartbeat or an event. */
const SLICE_MS = 10;

export class TimeSlices {
  #end = performance.now() + SLICE_MS;

  /** Call it after each step. @throws the signal's reason when it was aborted meanwhile */
  async pause(signal?: AbortSignal): Promise<void> {
    if (performance.now() < this.#end) return;
    await setImmediate();
    signal?.throwIfAborted();
    this.#end = performance.now() + SLICE_MS;
  }
}
