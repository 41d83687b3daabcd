/** Splits configuration files into the lines that every reader of them sees. Pure. */

/** Characters of a file that are compared part by part: far more than a person writes. The patterns take time. */
export const MAX_CHARS = 200_000;

/** Line separators of Python's `str.splitlines` and of Java that other readers take for ordinary characters. */
const UNUSUAL = /(?![\t\n\r])[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * The lines of a text. A carriage return alone ends a line too: Python, Java and Groovy read files so.
 *
 * @throws Error when the text has a character that ends a line for one reader and not for another
 */
export function plainLines(text: string): string[] {
  if (UNUSUAL.test(text)) throw new Error('the text has unusual line separators');
  return text.split(/\r\n|[\r\n]/);
}

/** The lines of each section of an INI file; those before the first header are in section ''. @throws as `plainLines` */
export function iniSections(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let section = '';
  for (const line of plainLines(text)) {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header !== null) section = (header[1] ?? '').trim();
    const lines = sections.get(section);
    if (lines === undefined) sections.set(section, [line]);
    else lines.push(line);
  }
  return sections;
}
