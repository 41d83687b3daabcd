import { stripVTControlCharacters } from 'node:util';
import { showInvisible } from '../../shared/words/visible-text.js';

/**
 * Makes text from a model, a test or a repository one line of known width for a terminal: collapses white space, and
 * makes characters that act on a terminal visible.
 */
export function plainLine(text: string): string {
  return showInvisible(text.replace(/(?:(?!\ufeff)\s)+/gu, ' ').trim());
}

/** Made when a text needs it: that takes a short command some 20 ms, and most texts are plain. */
let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one character each. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Characters of one column each, whatever stands beside them: ASCII, Latin, and marks such as `…`. */
const PLAIN = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027]*$/;

/** East Asian wide and fullwidth characters, which take two columns. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
/** Combining marks take no column. On their own they form a grapheme. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200d]+$/u;

/** The width of a text on a terminal, in columns; escape sequences (colours) take none. */
export function textWidth(text: string): number {
  const seen = stripVTControlCharacters(text);
  if (PLAIN.test(seen)) return seen.length;
  let width = 0;
  for (const { segment } of graphemes(seen)) width += graphemeWidth(segment);
  return width;
}

/** Fits text into exactly `width` columns: cuts it with an ellipsis, or pads it to the given alignment. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, width);
  const filling = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return align === 'left' ? cut + filling : filling + cut;
}

/** Cuts text to at most `width` columns, with an ellipsis. The text must not contain escape sequences. */
export function cutTo(text: string, width: number): string {
  if (width <= 0) return '';
  if (textWidth(text) <= width) return text;
  // One column is for the ellipsis.
  let free = width - 1;
  if (PLAIN.test(text)) return `${text.slice(0, free)}…`;
  let kept = '';
  for (const { segment } of graphemes(text)) {
    free -= graphemeWidth(segment);
    if (free < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/**
 * Breaks a line between words, so that no part is wider than `width` columns. A longer word stands alone and uncut, as a
 * path or a command that is copied has to be whole. The line must not contain escape sequences.
 */
export function wrapWords(line: string, width: number): string[] {
  const lines: string[] = [];
  const [first = '', ...words] = line.split(' ');
  let begun = first;
  for (const word of words) {
    const longer = `${begun} ${word}`;
    if (textWidth(longer) <= width) {
      begun = longer;
      continue;
    }
    lines.push(begun);
    begun = word;
  }
  return [...lines, begun];
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}
