/** Short enough that a restart of the server is not noticed. */
const FIRST_MS = 100;
/** Long enough to cost nothing, short enough that a person who fixed something sees it soon. */
const LONGEST_MS = 5_000;

/**
 * Milliseconds to wait before the next try. They double with each failure in a row. Half of them is random, so that a
 * hundred clients that lost the same server do not reconnect at the same moment.
 */
export function backOffMs(failures: number, random = Math.random()): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return longest / 2 + (longest / 2) * random;
}
