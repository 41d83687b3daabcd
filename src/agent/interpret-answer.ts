import type Anthropic from '@anthropic-ai/sdk';
import { REPLY } from './replies.js';
import { checkCall, type Submission, type ToolCall } from './tools.js';

/** What an answer of the model comes to. Pure: the same answer always means the same. */
export type Judged =
  /** It looks around: the calls are answered in the next turn. */
  | { readonly kind: 'reads' }
  /** It goes on by itself in the next turn (`pause_turn`). */
  | { readonly kind: 'paused' }
  | { readonly kind: 'submission'; readonly submission: Submission }
  | { readonly kind: 'question'; readonly question: string }
  /** It is told what was wrong. */
  | { readonly kind: 'malformed'; readonly reply: string }
  /** It will not, or cannot, go on: a person is asked. */
  | { readonly kind: 'stuck'; readonly reason: 'refusal' | 'context'; readonly message: string };

/** What a person can do about a conversation that is too long: more words would only make it longer. */
export const SMALLER =
  'The task is too large for one agent: accept its work as it is, or skip it and plan smaller tasks.';

/** Judges an answer by its stop reason and its tool calls. */
export function judge(content: readonly Anthropic.ContentBlock[], stopReason: Anthropic.StopReason): Judged {
  switch (stopReason) {
    case 'refusal':
      return { kind: 'stuck', reason: 'refusal', message: refusalOf(content) };
    case 'model_context_window_exceeded':
      return {
        kind: 'stuck',
        reason: 'context',
        message: `The conversation no longer fits into the model. ${SMALLER}`,
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
    // A reason that a later API may add: what the answer holds still counts.
    default:
      return judgeCalls(callsOf(content));
  }
}

function refusalOf(content: readonly Anthropic.ContentBlock[]): string {
  const text = textOf(content);
  return text === '' ? 'The model refused to answer.' : `The model refused: ${text}`;
}

/** The tool calls of an answer. */
export function callsOf(content: readonly Anthropic.ContentBlock[]): Anthropic.ToolUseBlock[] {
  return content.filter((block): block is Anthropic.ToolUseBlock => block.type === 'tool_use');
}

/** The text of an answer. */
export function textOf(content: readonly Anthropic.ContentBlock[]): string {
  return content
    .flatMap((block) => (block.type === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
}

function judgeCalls(blocks: readonly Anthropic.ToolUseBlock[]): Judged {
  if (blocks.length === 0) {
    return malformed('nothing was submitted. Call submit_changes, or ask_human if you cannot go on.');
  }
  const checked = blocks.map(checkCall);
  const problems = checked.flatMap((call) => (call.ok ? [] : [call.problem]));
  if (problems.length > 0) return malformed(`${problems.join('. ')}.`);
  const calls = checked.flatMap((call) => (call.ok ? [call.call] : []));
  const ends = calls.filter(endsTheTurn);
  const [end] = ends;
  if (end === undefined) return { kind: 'reads' };
  if (ends.length > 1) return malformed('one answer holds one submit_changes or one ask_human. Send one.');
  return end.name === 'submit_changes'
    ? { kind: 'submission', submission: end.input }
    : { kind: 'question', question: end.input.question };
}

type Ending = Extract<ToolCall, { name: 'submit_changes' | 'ask_human' }>;

function endsTheTurn(call: ToolCall): call is Ending {
  return call.name === 'submit_changes' || call.name === 'ask_human';
}

function malformed(what: string): Judged {
  return { kind: 'malformed', reply: `${REPLY.malformed} ${what}` };
}
