/** Reads data of a run now, and again after new events, without keeping the page busy with reading. */
import { poll } from './poll.js';

/** A person cannot read a view that changes more often than this. */
const MIN_INTERVAL_MS = 1_000;
/** The largest share of the time spent on reading: the slower the answers, the less often they are read. */
const MAX_READING_SHARE = 0.1;

export class LiveQuery<T> {
  /** The newest answer; null before the first. */
  value = $state.raw<T | null>(null);
  /** Why the last read failed; empty when it did not. */
  problem = $state('');

  /**
   * Call it while a component is initialised: it stops with the component.
   *
   * @param version a number that grows with each event; the data is read again when it has changed
   */
  constructor(read: () => Promise<T>, version: () => number) {
    let readVersion = -1;
    let earliest = 0;
    $effect(() =>
      poll(
        MIN_INTERVAL_MS,
        async () => {
          const current = version();
          if (current === readVersion || performance.now() < earliest) return;
          const startedAt = performance.now();
          this.value = await read();
          readVersion = current;
          earliest = performance.now() + (performance.now() - startedAt) / MAX_READING_SHARE;
        },
        (problem) => (this.problem = problem),
      ),
    );
  }
}
