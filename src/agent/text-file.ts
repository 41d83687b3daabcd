/** Files as text: their encoding and line ends, which a change keeps. Pure. */
import { isUtf8 } from 'node:buffer';

/** A text file, decoded. */
export interface TextFile {
  readonly text: string;
  /** Latin-1 for text that is not UTF-8. */
  readonly encoding: 'utf8' | 'latin1';
  /** Whether every line break is a carriage return and a line feed. */
  readonly crlf: boolean;
}

/** Control characters that no text holds. A zero byte is also git's test for a binary file. */

const NOT_TEXT = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

/** Decodes a text file; null when it is not text. */
export function decodeText(bytes: Buffer): TextFile | null {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  const text = bytes.toString(encoding);
  if (encoding === 'utf8' ? text.includes('\0') : NOT_TEXT.test(text)) return null;
  return { text, encoding, crlf: text.includes('\r\n') && !/(?<!\r)\n/.test(text) };
}

/** Gives text the line ends of the file that it is written to. */
export function withLineEndsOf({ crlf }: Pick<TextFile, 'crlf'>, text: string): string {
  return crlf && !text.includes('\r') ? text.replaceAll('\n', '\r\n') : text;
}

/** Encodes text like the file that it is written to; null when that file's encoding lacks one of its characters. */
export function encodeLike({ encoding }: Pick<TextFile, 'encoding'>, text: string): Buffer | null {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : null;
}

/** The reason for the model when a file is larger than the store reads. @throws any other error */
export function tooLarge(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  throw error;
}
