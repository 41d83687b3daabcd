import { createHash } from 'node:crypto';

/**
 * Marks what comes from the repository, from a program or from another agent as material: between two lines with a
 * mark that the text does not hold, so that nothing in it can pass for their end. The same text has the same mark.
 * @param name says what it is, where the model did not ask for it by name
 */
export function material(text: string, name?: string): string {
  const mark = markFor(text);
  const label = name === undefined ? '' : ` ${JSON.stringify(name)}`;
  return `<material ${mark}${label}>\n${text}\n</material ${mark}>`;
}

/** Digits of a mark: whoever writes a text cannot know the hash of what it is a part of. */
const MARK_DIGITS = 12;

function markFor(text: string): string {
  for (let round = 0; ; round++) {
    const mark = createHash('sha256').update(`${round}\0${text}`).digest('hex').slice(0, MARK_DIGITS);
    if (!text.includes(mark)) return mark;
  }
}
