import { stripVTControlCharacters } from 'node:util';

/**
 * What comes from a model, a test or a repository, as one line that is safe on a terminal: escape sequences,
 * control characters and those that turn the direction of writing are gone, white space is a single space.
 */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .trim();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** East Asian wide and fullwidth blocks: two columns on every terminal that has them. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
/** Marks that combine with what is before them take no column; alone they are a grapheme of their own. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\u200b-\u200d]+$/u;

/** How many columns a text takes on a terminal; escape sequences (colours) take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text)))
    width += graphemeWidth(segment);
  return width;
}

/** The text in exactly `width` columns: cut, with an ellipsis, or filled up on the side given. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, width);
  const filling = ' '.repeat(Math.max(0, width - textWidth(cut)));
  return align === 'left' ? cut + filling : filling + cut;
}

/** The text in at most `width` columns. It must hold no escape sequences. */
export function cutTo(text: string, width: number): string {
  if (width <= 0) return '';
  if (textWidth(text) <= width) return text;
  let kept = '';
  // One column is the ellipsis'.
  let free = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    free -= graphemeWidth(segment);
    if (free < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}
