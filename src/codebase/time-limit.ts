import { readFileSync } from 'node:fs';

/** How much longer work may take on a machine that does not tell a thread's processor time: one that is quite busy. */
const BUSY = 4;

/**
 * A limit of this thread's own processor time: other work on the machine does not count, so a busy machine parses what
 * any other does. @returns a function that tells whether the time is over
 */
export function startTimeLimit(ms: number): () => boolean {
  const start = performance.now();
  const startProcessor = processorMs();
  return () => {
    const elapsed = performance.now() - start;
    // A thread uses at most as much processor time as passes, and reading it takes longer than reading the clock.
    if (elapsed <= ms) return false;
    const processor = processorMs();
    if (processor === null || startProcessor === null) return elapsed > BUSY * ms;
    return processor - startProcessor > ms;
  };
}

/** The processor time of this thread so far, which Linux tells; null on other systems. */
function processorMs(): number | null {
  try {
    const nanoseconds = Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]);
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : null;
  } catch {
    return null;
  }
}
