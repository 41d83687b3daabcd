/** Files as text: their encoding and line ends, which a change keeps. Pure. */
import { isUtf8 } from 'node:buffer';

/** A text file, decoded. A byte order mark is its first character. */
export interface TextFile {
  readonly text: string;
  /**
   * Latin-1 for text that is not UTF-8; `bytes` when it is neither throughout: each byte is then one character, and what
   * a byte beyond ASCII means is unknown.
   */
  readonly encoding: 'utf8' | 'latin1' | 'bytes';
  /** Whether every line break is a carriage return and a line feed. */
  readonly crlf: boolean;
}

/** Control characters that no text holds. A zero byte is also git's test for a binary file. */

const NOT_TEXT = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

/** A character of several bytes in UTF-8, read as Latin-1. Real Latin-1 text hardly ever has such a sequence. */
const UTF8_SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}/;

const BYTE_ORDER_MARK = '\ufeff';

/** Decodes a text file; null when it is not text. UTF-16 counts as no text. */
export function decodeText(bytes: Buffer): TextFile | null {
  if (isUtf8(bytes)) {
    const text = bytes.toString();
    return text.includes('\0') ? null : { text, encoding: 'utf8', crlf: hasOnlyCrlf(text) };
  }
  const text = bytes.toString('latin1');
  if (NOT_TEXT.test(text)) return null;
  // One bad byte makes no Latin-1 of a UTF-8 file: what is written as Latin-1 beside its other characters damages it.
  const encoding = UTF8_SEQUENCE.test(text) ? 'bytes' : 'latin1';
  return { text, encoding, crlf: hasOnlyCrlf(text) };
}

/** Reads any bytes as one character each. */
export function asBytes(bytes: Buffer): TextFile {
  return { text: bytes.toString('latin1'), encoding: 'bytes', crlf: false };
}

function hasOnlyCrlf(text: string): boolean {
  return text.includes('\r\n') && !/(?<!\r)\n/.test(text);
}

/** Gives text the line ends of the file that it is written to. */
export function withLineEndsOf({ crlf }: Pick<TextFile, 'crlf'>, text: string): string {
  return crlf && !text.includes('\r') ? text.replaceAll('\n', '\r\n') : text;
}

/** Gives the whole new text of a file the byte order mark of the text that it replaces. */
export function withMarkOf({ text: before }: Pick<TextFile, 'text'>, text: string): string {
  const needsMark = before.startsWith(BYTE_ORDER_MARK) && !text.startsWith(BYTE_ORDER_MARK);
  return needsMark ? BYTE_ORDER_MARK + text : text;
}

/** The characters of a text beyond ASCII. */
export function beyondAscii(text: string): string {
  return text.replaceAll(/[\x00-\x7f]+/g, '');
}

/** Encodes text like the file that it is written to; null when that file's encoding lacks one of its characters. */
export function encodeLike({ encoding }: Pick<TextFile, 'encoding'>, text: string): Buffer | null {
  const as = encoding === 'bytes' ? 'latin1' : encoding;
  const bytes = Buffer.from(text, as);
  return bytes.toString(as) === text ? bytes : null;
}

/** Where a text stands in another one, from its first character to the one after its last. */
export interface Place {
  readonly at: number;
  readonly end: number;
}

/**
 * Finds the only place of a text; a line feed in it stands for either line end. The model sees no carriage return where
 * it reads a file, so in a file with line ends of both kinds it cannot copy them.
 */
export function findPlace(text: string, wanted: string): Place | 'none' | 'several' {
  const isFree = !wanted.includes('\r') && text.includes('\r\n');
  const searched = isFree ? withLineFeeds(text) : text;
  const at = searched.indexOf(wanted);
  if (at === -1) return 'none';
  if (searched.includes(wanted, at + 1)) return 'several';
  const place = { at, end: at + wanted.length };
  return isFree ? { at: offsetIn(text, place.at), end: offsetIn(text, place.end) } : place;
}

/** Writes each line end as a line feed. */
export function withLineFeeds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** The offset in a text that an offset in its form with line feeds only stands for. */
function offsetIn(text: string, offset: number): number {
  let removed = 0;
  let at = text.indexOf('\r\n');
  while (at !== -1 && at - removed < offset) {
    removed += 1;
    at = text.indexOf('\r\n', at + 2);
  }
  return offset + removed;
}

/** Whether the first line that ends at an offset or after it ends with a carriage return and a line feed. */
export function endsWithCrlf(text: string, offset: number): boolean {
  return text.charAt(text.indexOf('\n', offset) - 1) === '\r';
}

/** The reason for the model when a file is larger than the store reads. @throws any other error */
export function tooLarge(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}
