/** A note for a model whose answers make the same calls again and again. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type Anthropic from '@anthropic-ai/sdk';
import { callsOf } from '../answer/tool-calls.js';

/**
 * Answers in a row with the same calls after which the model gets the note. Two happen in ordinary work: a test is run again because it
 * may be flaky, or a file is read again after a summary of it.
 */
const SAME_IN_A_ROW = 3;

/**
 * The note about the last answers when they made the same calls; null when they did not.
 * @param answers of the conversation, the newest last
 */
export function repetitionNote(answers: readonly (readonly Anthropic.ContentBlock[])[]): string | null {
  const calls = answers.map((answer) => callsOf(answer).map(({ name, input }) => ({ name, input })));
  const last = calls.at(-1) ?? [];
  const same = calls.length - 1 - calls.findLastIndex((each) => !isDeepStrictEqual(each, last));
  if (last.length === 0 || same < SAME_IN_A_ROW) return null;
  return (
    `Your last ${same} answers made the same calls. If they have shown what you need, go on: change the draft, or submit it. ` +
    'If they have not, look elsewhere, or ask a person with ask_human.'
  );
}
