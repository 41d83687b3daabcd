/** What an answer of the model means. Pure: the same answer always means the same. */
import type Anthropic from '@anthropic-ai/sdk';
import { malformedReply } from './result-texts.js';
import type { Submission } from './submission.js';
import { callsOf, checkCall } from './tool-calls.js';
import type { ToolCall } from './tools/tool.js';

export type Interpretation =
  /** Read tools only: the next request holds their results. */
  | { readonly kind: 'reads' }
  /** The model continues by itself in the next turn (`pause_turn`). */
  | { readonly kind: 'paused' }
  | { readonly kind: 'submission'; readonly submission: Submission }
  | { readonly kind: 'question'; readonly question: string }
  /** `reply` tells the model what is wrong. */
  | { readonly kind: 'malformed'; readonly reply: string }
  /** The model refuses or cannot continue: a person is asked. */
  | { readonly kind: 'stuck'; readonly reason: 'refusal' | 'context'; readonly message: string };

/** What a person can do when the conversation is too long: an answer would only make it longer. */
export const CONTEXT_ADVICE =
  'The task is too large for one agent: accept its work as it is, or skip it and plan smaller tasks.';

/** Interprets an answer by its stop reason and the effects of its tool calls. */
export function interpretAnswer(
  content: readonly Anthropic.ContentBlock[],
  stopReason: Anthropic.StopReason,
): Interpretation {
  switch (stopReason) {
    case 'refusal':
      return { kind: 'stuck', reason: 'refusal', message: refusalOf(content) };
    case 'model_context_window_exceeded':
      return {
        kind: 'stuck',
        reason: 'context',
        message: `The conversation no longer fits into the model. ${CONTEXT_ADVICE}`,
      };
    case 'pause_turn':
      return { kind: 'paused' };
    case 'max_tokens':
      return malformed(
        'the answer was cut off at its length limit. Submit fewer files at once, or use edits.',
      );
    case 'end_turn':
    case 'stop_sequence':
    case 'tool_use':
    // A stop reason that a later API may add: the content still counts.
    default:
      return interpretCalls(callsOf(content));
  }
}

function refusalOf(content: readonly Anthropic.ContentBlock[]): string {
  const text = textOf(content);
  return text === '' ? 'The model refused to answer.' : `The model refused: ${text}`;
}

/** The text of an answer. */
export function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
}

function interpretCalls(blocks: readonly Anthropic.ToolUseBlock[]): Interpretation {
  if (blocks.length === 0) {
    return malformed('nothing was submitted. Call submit_changes, or ask_human if you cannot go on.');
  }
  const checked = blocks.map(checkCall);
  const problems = checked.flatMap((call) => (call.ok ? [] : [call.problem]));
  if (problems.length > 0) return malformed(`${problems.join('. ')}.`);
  const [last, ...others] = checked.flatMap((call) => (call.ok && endsTurn(call) ? [call] : []));
  if (last === undefined) return { kind: 'reads' };
  if (others.length > 0) return malformed('one answer holds one submit_changes or one ask_human. Send one.');
  return last.effect === 'submit'
    ? { kind: 'submission', submission: last.run() }
    : { kind: 'question', question: last.run() };
}

function endsTurn(call: ToolCall): call is Extract<ToolCall, { effect: 'submit' | 'ask' }> {
  switch (call.effect) {
    case 'read':
      return false;
    case 'submit':
    case 'ask':
      return true;
  }
}

function malformed(problem: string): Interpretation {
  return { kind: 'malformed', reply: malformedReply(problem) };
}
