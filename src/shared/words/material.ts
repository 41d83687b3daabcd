import { createHash } from 'node:crypto';

/**
 * Wraps text from the repository, a program or another agent as material for the model. The two lines around it contain
 * a mark that the text does not contain, so that nothing in the text can pass for its end. The same text has the same
 * mark.
 * @param name what the text is, when the model did not request it by name
 */
export function material(text: string, name?: string): string {
  return wrap('material', text, name);
}

/** Wraps the text of a file with instructions that the project's people wrote for agents. */
export function instructions(text: string, path: string): string {
  return wrap('instructions', text, path);
}

function wrap(tag: string, text: string, name: string | undefined): string {
  const mark = markFor(text);
  const label = name === undefined ? '' : ` ${JSON.stringify(name)}`;
  return `<${tag} ${mark}${label}>\n${text}\n</${tag} ${mark}>`;
}

/** Digits of a mark. The author of a text cannot know the hash of the text that it becomes a part of. */
const MARK_DIGITS = 12;

function markFor(text: string): string {
  for (let round = 0; ; round++) {
    const mark = createHash('sha256').update(`${round}\0${text}`).digest('hex').slice(0, MARK_DIGITS);
    if (!text.includes(mark)) return mark;
  }
}
