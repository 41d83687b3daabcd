/**
 * Paths in a git tree are bytes; ours are strings. Almost all are UTF-8 and are themselves. One that is not is
 * written as git prints it, in double quotes with octal escapes (`"caf\351.txt"`), which every layer can
 * store. The mapping is one to one: a real name that looks like such a form is written that way too. All of
 * these hold a backslash, which `spellingFault` refuses, so they can be read, merged and listed, not written.
 */

// ignoreBOM: otherwise the decoder would swallow one, and the name would not be the same any more.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const QUOTED = /^"[^]*\\[^]*"$/;

/** The string that stands for the path. */
export function pathText(bytes: Buffer): string {
  try {
    const text = utf8.decode(bytes);
    if (!QUOTED.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return `"${Array.from(bytes, quoteByte).join('')}"`;
}

/** The bytes that `text` stands for: the inverse of `pathText`. */
export function pathBytes(text: string): Buffer {
  if (!QUOTED.test(text)) return Buffer.from(text, 'utf8');
  const bytes = text
    .slice(1, -1)
    .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1');
}

function quoteByte(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
}
