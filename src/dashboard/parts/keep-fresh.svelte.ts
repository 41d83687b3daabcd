/** Reads something now, and again when there are news, never so often that reading is what the page is busy with. */
import { readAgain } from './read-again.js';

/** A picture that changes more often than this cannot be read. */
const SHORTEST_MS = 1_000;
/** The share of the time that may go into reading: a slow answer is asked for less often. */
const SHARE = 0.1;

export class Fresh<T> {
  value = $state.raw<T | null>(null);
  problem = $state('');

  /** To be called while a component is set up. `news` is a number that grows with each piece of news. */
  constructor(read: () => Promise<T>, news: () => number) {
    let known = -1;
    let rest = 0;
    $effect(() =>
      readAgain(
        SHORTEST_MS,
        async () => {
          const next = news();
          if (next === known || performance.now() < rest) return;
          const began = performance.now();
          this.value = await read();
          known = next;
          rest = performance.now() + (performance.now() - began) / SHARE;
        },
        (problem) => (this.problem = problem),
      ),
    );
  }
}
