/**
 * Converts between paths in git trees, which are bytes, and the strings that Leadwright uses for them. A path that is
 * UTF-8, as almost all are, stays as it is. Any other is written as git prints it, in double quotes with octal escapes
 * (`"caf\351.txt"`), a form that every layer can store. The mapping is one to one: a real name that looks like the
 * quoted form is quoted too. Every quoted form contains a backslash, which `spellingFault` refuses. Such paths can
 * therefore be read, merged and listed, but not written.
 */

// ignoreBOM: without it the decoder drops a leading BOM, which is part of the name.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const QUOTED = /^"[^]*\\[^]*"$/;

/** The string form of a path's bytes. */
export function pathText(bytes: Buffer): string {
  try {
    const text = utf8.decode(bytes);
    if (!QUOTED.test(text)) return text;
  } catch {
    // Not UTF-8.
  }
  return `"${Array.from(bytes, quoteByte).join('')}"`;
}

/** The bytes of a path in string form: the inverse of `pathText`. */
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

/** The names of a path's folders and file. */
export function splitPath(path: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  let at = 0;
  for (let slash = path.indexOf(0x2f); slash >= 0; slash = path.indexOf(0x2f, at)) {
    segments.push(path.subarray(at, slash));
    at = slash + 1;
  }
  segments.push(path.subarray(at));
  return segments;
}
