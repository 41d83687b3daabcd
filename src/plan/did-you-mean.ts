/** Words longer than this are not typed by hand, and comparing them costs time. */
const MAX_LENGTH = 64;

/** How many single-character slips (one added, lost, changed, or two swapped) lie between two words. */
function distance(from: string, to: string): number {
  let [beforeLast, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (isSame ? 0 : 1),
          row > 1 && column > 1 && isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}

/** The candidate that `word` most likely was meant to be, or null when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  // One slip in three letters: more would suggest words that have nothing to do with each other.
  let best = Math.max(1, Math.floor(word.length / 3)) + 1;
  let found: string | null = null;
  if (word.length > MAX_LENGTH) return null;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - word.length) >= best) continue;
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips < best) [best, found] = [slips, candidate];
  }
  return found;
}

/** The end of a message: `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = closest(word, candidates);
  return found === null ? '' : `; did you mean ${JSON.stringify(found)}?`;
}
