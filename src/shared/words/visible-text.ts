/**
 * Makes the characters visible that act on a terminal or change how text reads: control characters, bidirectional
 * controls, and characters without a glyph. Files, models and tests may contain them; nothing that Leadwright prints or
 * shows does. Pure.
 */

/** Scripts whose letters change their form with a zero-width joiner or non-joiner. */
const JOINING = [
  ...['Arab', 'Syrc', 'Mong', 'Nkoo', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym'],
  ...['Sinh', 'Khmr', 'Mymr'],
]
  .map((script) => String.raw`\p{scx=${script}}`)
  .join('');

/** Where a character without a glyph belongs to the writing: emoji sequences, and joiners between letters that join. */
const IN_WRITING = [
  String.raw`(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]|(?<=[0-9#*])\ufe0f(?=\u20e3)`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})`,
  String.raw`(?<=[${JOINING}])[\u200c\u200d](?=[${JOINING}])`,
].join('|');

/**
 * Control characters other than tab and line feed, line and paragraph separators, interlinear annotations, and what
 * Unicode calls default ignorable: bidirectional controls, zero-width characters, fillers, variation selectors, tags.
 */
const ACTIVE = String.raw`[\p{Cc}\u2028\u2029\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]`;

/** Compiled at its first use, which takes longer than a short command has. Most texts have no such character. */
const INVISIBLE = new RegExp(String.raw`(?![\t\n]|${IN_WRITING})${ACTIVE}`, 'gu');

const MAYBE_INVISIBLE = new RegExp(String.raw`(?![\t\n])${ACTIVE}`, 'u');

/**
 * Replaces each such character by its escape sequence: `\u001b`, `\r`. Tabs and line feeds stay. The sequences are
 * those of JSON, so a JSON document stays one that means the same.
 */
export function showInvisible(text: string): string {
  if (!MAYBE_INVISIBLE.test(text)) return text;
  return text.replace(INVISIBLE, (character) =>
    character === '\r' ? String.raw`\r` : character.split('').map(escapeUnit).join(''),
  );
}

/** One UTF-16 code unit, as JSON writes it. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A part of a text: either visible, or one character that is not, named by its code point (`U+202E`). */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'invisible'; readonly codePoint: string };

/** Splits a text at its invisible characters, for a display that marks them. */
export function splitInvisible(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: character, index } of text.matchAll(INVISIBLE)) {
    if (index > at) parts.push({ kind: 'text', text: text.slice(at, index) });
    parts.push({ kind: 'invisible', codePoint: nameCodePoint(character) });
    at = index + character.length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

function nameCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
