/** A shorter word is the beginning of too many others. */
const SHORTEST_BEGINNING = 3;

/** Longer words are rarely typed by hand, and slow to compare. */
const MAX_LENGTH = 64;

/** The number of typing errors (a character added, lost or changed, or two swapped) between two words. */
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

/** The candidate that was most likely meant by `word`: a similar one, or the only one that begins with it. Null for none. */
function closest(word: string, candidates: Iterable<string>): string | null {
  // One error in three letters; allowing more would suggest unrelated words.
  let best = Math.max(1, Math.floor(word.length / 3)) + 1;
  let found: string | null = null;
  if (word.length > MAX_LENGTH) return null;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH || Math.abs(candidate.length - word.length) >= best) continue;
    const errors = distance(word.toLowerCase(), candidate.toLowerCase());
    if (errors < best) [best, found] = [errors, candidate];
  }
  return found ?? completed(word, candidates);
}

function completed(word: string, candidates: Iterable<string>): string | null {
  if (word.length < SHORTEST_BEGINNING) return null;
  const longer = [...candidates].filter((candidate) => candidate.startsWith(word));
  return longer.length === 1 ? (longer[0] ?? null) : null;
}

/** The end of a message: `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = closest(word, candidates);
  return found === null ? '' : `; did you mean ${JSON.stringify(found)}?`;
}
