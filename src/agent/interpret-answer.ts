/** Interprets an answer of the model. Pure: a stored answer can be interpreted again at any time. */
import type Anthropic from '@anthropic-ai/sdk';
import { completeCalls } from './cut-off.js';
import { malformedReply } from './result-texts.js';
import type { Submission } from './submission.js';
import { callsOf, checkCall } from './tool-calls.js';
import type { ToolCall, ValidCall } from './tools/tool.js';

/** A call of a read tool: the next request holds its result. */
export type ReadCall = ValidCall<'read'>;

export type Interpretation =
  /** Read tools only. */
  | { readonly kind: 'reads'; readonly reads: readonly ReadCall[] }
  /** The model continues by itself in the next turn (`pause_turn`). */
  | { readonly kind: 'paused' }
  | { readonly kind: 'submission'; readonly submission: Submission; readonly reads: readonly ReadCall[] }
  | { readonly kind: 'question'; readonly question: string; readonly reads: readonly ReadCall[] }
  /** `reply` tells the model what is wrong. */
  | { readonly kind: 'malformed'; readonly reply: string }
  /** The answer filled the model's window. The next turn summarises the conversation. */
  | { readonly kind: 'full' }
  /** The model refuses: a person is asked. */
  | {
      readonly kind: 'stuck';
      readonly message: string;
      readonly reads: readonly ReadCall[];
    };

/** Interprets an answer by its stop reason and the effects of its tool calls. */
export function interpretAnswer(
  content: readonly Anthropic.ContentBlock[],
  stopReason: Anthropic.StopReason,
): Interpretation {
  switch (stopReason) {
    case 'refusal':
      return { kind: 'stuck', message: refusalOf(content), reads: readsOf(content) };
    case 'model_context_window_exceeded':
      return { kind: 'full' };
    case 'pause_turn':
      return { kind: 'paused' };
    case 'max_tokens': {
      const { complete } = completeCalls(content, stopReason);
      if (complete.length > 0) return interpretCalls(complete);
      return malformed(
        'the answer was cut off at its length limit, before any call was complete. Write less at once: submit fewer files, or use edits.',
      );
    }
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
  const calls = checked.flatMap((call) => (call.ok ? [call] : []));
  const reads = calls.filter(isRead);
  const [last, ...others] = calls.filter(endsTurn);
  if (last === undefined) return { kind: 'reads', reads };
  if (others.length > 0) return malformed('one answer holds one submit_changes or one ask_human. Send one.');
  return last.effect === 'submit'
    ? { kind: 'submission', submission: last.run(), reads }
    : { kind: 'question', question: last.run(), reads };
}

/** The valid calls of read tools in an answer. */
function readsOf(content: readonly Anthropic.ContentBlock[]): readonly ReadCall[] {
  return callsOf(content)
    .map(checkCall)
    .filter((call) => call.ok && isRead(call));
}

function isRead(call: ToolCall): call is ReadCall {
  return call.effect === 'read';
}

type EndingCall = Extract<ToolCall, { effect: 'submit' | 'ask' }>;

function endsTurn(call: ToolCall): call is EndingCall {
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
