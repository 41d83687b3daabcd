/** Short enough that a restart of the other side is not noticed. */
const FIRST_MS = 100;
/** Long enough to cost nothing, short enough that a person who mended something sees it soon. */
const LONGEST_MS = 5_000;

/**
 * How long to wait before the next try, in milliseconds: doubling with the failures in a row, half of it by
 * chance, so that a hundred clients that lost the same server do not come back at the same moment.
 */
export function backOffMs(failures: number, chance = Math.random()): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return longest / 2 + (longest / 2) * chance;
}
