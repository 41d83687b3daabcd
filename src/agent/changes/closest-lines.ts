/** Finds the lines of a file that come closest to a text which the model expected there. Pure. */

/** Lines of a file. */
export interface ClosestLines {
  /** The number of the first line, from 1. */
  readonly first: number;
  readonly count: number;
  /** The difference: white space only; besides, characters that look alike, such as quotes; or more. */
  readonly by: 'white-space' | 'look-alikes' | 'similarity';
}

/** Lines that are less alike than this, from 0 to 1, would mislead. */
const MIN_SIMILARITY = 0.6;
/** Places that are compared line by line. The most similar single line is nearly always among the first few. */
const CANDIDATES = 20;
/** Characters of a line that are compared: minified files have lines of megabytes. */
const COMPARED_CHARS = 500;

/** Characters of a file in which lines are looked for, which takes about a second. */
const SEARCHED_CHARS = 4 * 1024 * 1024;
/** Places of one line in the wanted text that count. Lines that occur more often tell no place from another. */
const PLACES_OF_LINE = 20;
/** Lines of the wanted text that are compared. */
const COMPARED_LINES = 500;

/**
 * Finds as many lines as the wanted text has that equal it but for white space and characters that look alike, or else the
 * most similar ones; null when none is similar, or when the file is too long. The time is proportional to the length of the
 * file.
 */
export function findClosestLines(text: string, wanted: string): ClosestLines | null {
  if (text.length > SEARCHED_CHARS) return null;
  const textLines = text.split('\n');
  const lines = textLines.map(normalize);
  const wantedLines = wanted.split('\n', COMPARED_LINES);
  const search = trimBlank(wantedLines.map(normalize));
  if (search.length === 0) return null;
  const places = placesOfEqualLines(lines, search);
  const same = places.find((at) => search.every((line, index) => lines[at + index] === line));
  if (same !== undefined) {
    const there = textLines.slice(same, same + search.length);
    const isAlike = withoutSpace(there) !== withoutSpace(wantedLines);
    return { first: same + 1, count: search.length, by: isAlike ? 'look-alikes' : 'white-space' };
  }
  const candidates = places.length > 0 ? places : placesOfSimilarLines(lines, search);
  const best = bestOf(candidates.slice(0, CANDIDATES), (at) => similarityAt(lines, search, at));
  return best === null || best.score < MIN_SIMILARITY
    ? null
    : { first: best.at + 1, count: Math.min(search.length, lines.length - best.at), by: 'similarity' };
}

function normalize(line: string): string {
  return foldLookAlikes(line.slice(0, COMPARED_CHARS)).replaceAll(/\s+/g, ' ').trim();
}

/** Characters beyond Unicode's compatibility forms that models write as others. */
const LOOK_ALIKES = [
  [/[\u2018-\u201b\u2032]/g, "'"],
  [/[\u201c-\u201f\u2033]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  // They have no width.
  [/[\u00ad\u200b-\u200d\u2060\ufeff]/g, ''],
] as const;

function foldLookAlikes(line: string): string {
  if (!/[^\x00-\x7f]/.test(line)) return line;
  return LOOK_ALIKES.reduce((text, [from, to]) => text.replaceAll(from, to), line.normalize('NFKC'));
}

function withoutSpace(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, COMPARED_CHARS).replaceAll(/\s+/g, '')).join('');
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line !== '');
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex((line) => line !== '') + 1);
}

/** Where the search could begin so that at least one line, brackets and blank lines aside, is equal; the most first. */
function placesOfEqualLines(lines: readonly string[], search: readonly string[]): number[] {
  const indexes = new Map<string, number[]>();
  for (const [index, line] of search.entries()) {
    if (!/\w/.test(line)) continue;
    const known = indexes.get(line) ?? [];
    if (known.length < PLACES_OF_LINE) indexes.set(line, [...known, index]);
  }
  const votes = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    for (const index of indexes.get(line) ?? []) {
      if (at >= index) votes.set(at - index, (votes.get(at - index) ?? 0) + 1);
    }
  }
  return [...votes].sort(([, a], [, b]) => b - a).map(([at]) => at);
}

/** Where the search could begin so that its longest line meets a similar line; the most similar first. */
function placesOfSimilarLines(lines: readonly string[], search: readonly string[]): number[] {
  const longest = search.reduce((best, line, index) => {
    return line.length > (search[best]?.length ?? 0) ? index : best;
  }, 0);
  const wanted = pairsOf(search[longest] ?? '');
  return lines
    .map((line, at) => ({ at: at - longest, score: similarity(wanted, pairsOf(line)) }))
    .filter(({ at, score }) => at >= 0 && score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, CANDIDATES)
    .map(({ at }) => at);
}

function similarityAt(lines: readonly string[], search: readonly string[], at: number): number {
  const scores = search.map((line, index) => {
    const there = lines[at + index] ?? '';
    return there === line ? 1 : similarity(pairsOf(line), pairsOf(there));
  });
  return scores.reduce((sum, score) => sum + score, 0) / search.length;
}

function bestOf(places: readonly number[], scoreOf: (at: number) => number) {
  let best: { readonly at: number; readonly score: number } | null = null;
  for (const at of places) {
    const score = scoreOf(at);
    if (best === null || score > best.score) best = { at, score };
  }
  return best;
}

/** The pairs of neighbouring characters in a line, with how often each occurs. */
type Pairs = ReadonlyMap<string, number>;

function pairsOf(line: string): Pairs {
  const pairs = new Map<string, number>();
  for (let at = 0; at < line.length - 1; at++) {
    const pair = line.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

/** The Sørensen–Dice coefficient of two lines: twice the pairs they share, by the pairs of both. From 0 to 1. */
function similarity(a: Pairs, b: Pairs): number {
  let shared = 0;
  for (const [pair, count] of a) shared += Math.min(count, b.get(pair) ?? 0);
  const all = sizeOf(a) + sizeOf(b);
  return all === 0 ? 0 : (2 * shared) / all;
}

function sizeOf(pairs: Pairs): number {
  let size = 0;
  for (const count of pairs.values()) size += count;
  return size;
}
