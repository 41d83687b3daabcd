/** A text as its reader understands it: without invisible characters, and with split string literals joined. Pure. */
import type { Region } from './region.js';

/** Control characters other than white space, colours, and characters without a glyph. They can hide inside a secret. */
const INVISIBLE = String.raw`\u001b\[[0-?]{0,32}[@-~]|(?![\t\n\r])[\p{Cc}\p{Default_Ignorable_Code_Point}]`;
const LINE_BREAK = String.raw`\\?\r?\n[ \t]{0,80}`;
/** Between two parts of a literal: `" + "`, `' .\n '`, adjacent literals on two lines, a continued line. */
const JOINT = [
  String.raw`["'\x60][ \t]{0,20}(?:${LINE_BREAK})?(?:\+|\.{1,3}|&|~|<>|\|\|)[ \t]{0,20}(?:${LINE_BREAK})?["'\x60]`,
  String.raw`["'\x60][ \t]{0,20}${LINE_BREAK}["'\x60]`,
  String.raw`\\\r?\n[ \t]{0,80}`,
].join('|');

const REMOVED = new RegExp(`(?:${INVISIBLE}|${JOINT})+`, 'gu');

/** A kept piece: where it begins in the joined text, and how many characters were removed before it. */
interface Piece {
  readonly start: number;
  readonly removed: number;
}

/** Runs a search on the joined text, and returns what it found as regions of the original; nothing if both are equal. */
export function findInJoined(text: string, find: (joined: string) => Region[]): Region[] {
  let joined = '';
  let from = 0;
  const pieces: Piece[] = [];
  for (const { 0: removed, index } of text.matchAll(REMOVED)) {
    pieces.push({ start: joined.length, removed: from - joined.length });
    joined += text.slice(from, index);
    from = index + removed.length;
  }
  if (pieces.length === 0) return [];
  pieces.push({ start: joined.length, removed: from - joined.length });
  joined += text.slice(from);
  const original = (at: number) => at + removedBefore(pieces, at);
  return find(joined).map(({ start, end, name }) => ({
    start: original(start),
    end: original(end - 1) + 1,
    name,
  }));
}

/** By bisection: a hostile text has as many pieces as characters. */
function removedBefore(pieces: readonly Piece[], at: number): number {
  let [low, high] = [0, pieces.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((pieces[middle]?.start ?? Infinity) <= at) low = middle;
    else high = middle;
  }
  return pieces[low]?.removed ?? 0;
}
