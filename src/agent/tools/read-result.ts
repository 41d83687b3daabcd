/** Results of read tools. */
import { headAndTail } from '../../results/head-and-tail.js';
import type { ReadResult } from './tool.js';

/**
 * Characters of an answer's text, about 5,500 tokens: enough for a long source file, and small beside the conversation
 * that repeats it in every later turn. With the two lines around material and a note at the end, an answer stays under
 * 20,000.
 */
export const ANSWER_CHARS = 19_500;

/** Half of a surrogate pair, which a cut may leave. The API refuses it. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

export function answer(
  text: string,
  shown: readonly string[],
  knownBlobs: readonly string[] = [],
): ReadResult {
  return { text: text.replace(LONE_SURROGATE, '\ufffd'), isError: false, shown, knownBlobs };
}

/** @param problem a sentence without its full stop; it may quote what the model wrote, which may have any length */
export function failure(problem: string): ReadResult {
  return { text: `Error: ${headAndTail(problem, ANSWER_CHARS)}.`, isError: true, shown: [], knownBlobs: [] };
}

/** The lines of a text. A line break at its end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** The first lines that fit into an answer. `rest` is the number of those that do not. */
export function takeLines(lines: readonly string[]): { readonly text: string; readonly rest: number } {
  let chars = 0;
  const end = lines.findIndex((line) => (chars += line.length + 1) > ANSWER_CHARS);
  const taken = end === -1 ? lines : lines.slice(0, end);
  return { text: taken.join('\n'), rest: lines.length - taken.length };
}

/** Lines with their numbers, as far as they fit, and the last of those that are there in full; null when none is. */
interface NumberedLines {
  readonly text: string;
  readonly last: number | null;
}

/** Numbers lines as far as they fit. A line that does not fit alone, as in a minified file, is cut. */
export function numberLines(all: readonly string[], first: number, last: number): NumberedLines {
  const numbered = all.slice(first - 1, last).map((line, index) => `${first + index}\t${line}`);
  const [long = ''] = numbered;
  if (long.length >= ANSWER_CHARS) {
    const cut = `${long.slice(0, ANSWER_CHARS)}\n… line ${first} is cut after ${ANSWER_CHARS} of ${long.length} characters`;
    const text = last === first ? cut : `${cut}; read on with first_line ${first + 1}`;
    return { text, last: null };
  }
  const { text, rest } = takeLines(numbered);
  if (rest === 0) return { text, last };
  const end = last - rest;
  return {
    text: `${text}\n… stopped after line ${end} of ${all.length}; read on with first_line ${end + 1}`,
    last: end,
  };
}
