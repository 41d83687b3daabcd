/** The messages of a request after its first one: the follow-up to an answer, and the conversation. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { callsOf } from '../answer/tool-calls.js';
import { headAndTail } from '../../results/head-and-tail.js';
import { MESSAGE_MARKERS } from '../../model/result-markers.js';
import { material } from '../../shared/words/material.js';

/** Characters of the diff in the first message after a summary. The agent can read the files themselves. */
const DIFF_CHARS = 20_000;

/** What a new conversation needs of the one before it. It follows the task. */
export function handover({
  conversations,
  summary,
  diff,
  lastOutcome,
}: {
  /** How many there were. The first message tells it, so that no two conversations of a task begin with equal messages. */
  readonly conversations: number;
  /** Null when there is none: another model goes on, or the model gave none. */
  readonly summary: string | null;
  readonly diff: string;
  /** The outcome of the last submission or question; null when there was none. */
  readonly lastOutcome: string | null;
}): string {
  const before =
    conversations === 1
      ? 'This task was worked on before, in another conversation.'
      : `This task was worked on before, in ${conversations} conversations. What follows is about the last one.`;
  return [
    MESSAGE_MARKERS.continued,
    ...(summary === null
      ? [`${before} It has ended without a summary. Go on from here.`]
      : [`${before} It has ended. Its summary:`, material(summary, 'summary')]),
    'Unless all of a file is shown above, read it again before you replace its whole content.',
    diff === ''
      ? 'None of the earlier changes are in the files that you see: start from there, and do not repeat what failed.'
      : 'The changes so far, which are in the files that you see:',
    ...(diff === '' ? [] : [material(headAndTail(diff, DIFF_CHARS), 'diff')]),
    ...(lastOutcome === null ? [] : ['The last outcome:', lastOutcome]),
  ].join('\n\n');
}

/** A turn as it is recorded. */
export interface StoredTurn {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly answer: Anthropic.ContentBlock[];
}

/** Stands for what an answer lacks: the API refuses a message without content, even one that it gave itself. */
const SILENCE = '(no answer)';

/** The conversation so far, word for word, with the next message at its end; null when there is none. */
export function conversation(
  turns: readonly StoredTurn[],
  next: Anthropic.MessageParam['content'] | null,
): Anthropic.MessageParam[] {
  const messages = turns.flatMap(({ prompt, answer }): Anthropic.MessageParam[] => [
    // A turn that only continued (`pause_turn`) added no message of ours.
    ...(prompt.length === 0 ? [] : [{ role: 'user' as const, content: prompt }]),
    { role: 'assistant', content: asSent(answer) },
  ]);
  return next === null ? messages : [...messages, { role: 'user', content: next }];
}

/**
 * An answer as the API takes it back. It gives text blocks of white space alone, and refuses them. It also refuses an
 * answer that ends with thinking, as one does that reached its length limit there, or that had only blank text after it.
 */
function asSent(answer: readonly Anthropic.ContentBlock[]): Anthropic.MessageParam['content'] {
  const kept = answer.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  // Thinking that was cut off has no signature, and cannot be sent again.
  const signed = kept.slice(0, kept.findLastIndex((block) => !isUnsigned(block)) + 1);
  const last = signed.at(-1);
  if (last === undefined) return SILENCE;
  return last.type === 'thinking' || last.type === 'redacted_thinking'
    ? [...signed, { type: 'text', text: SILENCE }]
    : signed;
}

function isUnsigned(block: Anthropic.ContentBlock): boolean {
  return block.type === 'thinking' && block.signature === '';
}

/** The result of one tool call, for the model. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** For a call without a result yet: the model may continue. */
const GO_ON: ToolAnswer = { text: 'Go on.', isError: false };

/** The outcome of an answer, and the call that it is the result of; null for every call without a result of its own. */
export interface Reply extends ToolAnswer {
  readonly id: string | null;
}

/**
 * The message that follows an answer: a result for each of its tool calls, or plain text when it made none.
 * @param reply the outcome of its submission, its question or its mistake; null when there is none
 * @param results of its other calls, by their ids
 * @param notes further text blocks for the model when it made calls
 */
export function followUp(
  answer: readonly Anthropic.ContentBlock[],
  reply: Reply | null,
  results: ReadonlyMap<string, ToolAnswer>,
  notes: readonly string[] = [],
): Anthropic.MessageParam['content'] {
  const calls = callsOf(answer);
  if (calls.length === 0) return (reply ?? GO_ON).text;
  const takesReply = ({ id }: { readonly id: string }) =>
    reply !== null && !results.has(id) && (reply.id === null || reply.id === id);
  const blocks = calls.map((call): Anthropic.ToolResultBlockParam => {
    const { text, isError } = results.get(call.id) ?? (reply !== null && takesReply(call) ? reply : GO_ON);
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      content: text,
      ...(isError ? { is_error: true } : {}),
    };
  });
  // When every call has a result of its own, none of them can carry the reply, so it gets its own text block.
  const said = [...(reply === null || calls.some(takesReply) ? [] : [reply.text]), ...notes];
  return [...blocks, ...said.map((text) => ({ type: 'text' as const, text }))];
}
