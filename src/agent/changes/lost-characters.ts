/** Characters of an answer that were lost when it was stored. Pure. */

/** U+FFFD in UTF-8. A zero byte and half of a surrogate pair are stored as this character (src/db/database.ts). */
const REPLACEMENT = Buffer.from('\ufffd');

/**
 * Why content cannot be written: it has U+FFFD more often than the file had before (null: no file), so that a character was
 * lost, or may have been; else null. The file would have another content than the model wrote.
 */
export function refuseLostCharacters(before: Buffer | null, content: Buffer): string | null {
  if (countReplacements(content) <= (before === null ? 0 : countReplacements(before))) return null;
  return 'it has U+FFFD, which stands for a character that cannot be stored, such as a zero byte; write an escape of the language instead, with a backslash that is itself escaped in the JSON of the call';
}

function countReplacements(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(REPLACEMENT); at !== -1; at = content.indexOf(REPLACEMENT, at + 1)) count++;
  return count;
}
