import type Anthropic from '@anthropic-ai/sdk';
import { callsOf } from './answer.js';

/** A file of the repository, as the model is shown it. */
export interface ShownFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A task's first message: its title and its description word for word, the files it asked for, and nothing
 * of any other task.
 */
export function firstMessage(
  task: { readonly title: string; readonly description: string },
  files: readonly ShownFile[],
): string {
  const parts = [`# ${task.title}`, task.description, ...files.map(fenced)];
  return parts.filter((part) => part !== '').join('\n\n');
}

function fenced({ path, text }: ShownFile): string {
  return `<file path="${path}">\n${text}\n</file>`;
}

/** A turn as the record keeps it. */
export interface StoredTurn {
  readonly prompt: Anthropic.MessageParam['content'];
  readonly answer: Anthropic.ContentBlock[];
}

/** The API takes no message without content and no text of white space alone, not even one that it gave. */
const SILENCE = '(no answer)';

/** The conversation so far: what was sent and what came back, word for word. */
export function conversation(
  turns: readonly StoredTurn[],
  next: Anthropic.MessageParam['content'] | null,
): Anthropic.MessageParam[] {
  const messages = turns.flatMap(({ prompt, answer }): Anthropic.MessageParam[] => [
    // A turn that only went on (`pause_turn`) added nothing of ours.
    ...(prompt.length === 0 ? [] : [{ role: 'user' as const, content: prompt }]),
    { role: 'assistant', content: sayable(answer) },
  ]);
  return next === null ? messages : [...messages, { role: 'user', content: next }];
}

function sayable(answer: readonly Anthropic.ContentBlock[]): Anthropic.MessageParam['content'] {
  const said = answer.filter((block) => block.type !== 'text' || block.text.trim() !== '');
  return said.length === 0 ? SILENCE : said;
}

/** What one tool call gave: text for the model. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
}

/** Where nothing came of an answer yet: it is left to go on. */
const GO_ON: ToolAnswer = { text: 'Go on.', isError: false };

/**
 * What follows an answer: a result for each of its tool calls, or a plain text where it made none.
 * `reply` is what came of its submission, its question, or its mistake; null when nothing did.
 */
export function followUp(
  answer: readonly Anthropic.ContentBlock[],
  reply: ToolAnswer | null,
  reads: ReadonlyMap<string, ToolAnswer>,
): Anthropic.MessageParam['content'] {
  const calls = callsOf(answer);
  if (calls.length === 0) return (reply ?? GO_ON).text;
  const results = calls.map((call): Anthropic.ToolResultBlockParam => {
    const { text, isError } = reads.get(call.id) ?? reply ?? GO_ON;
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      content: text,
      ...(isError ? { is_error: true } : {}),
    };
  });
  // An answer that only looked has no call whose result it could be: what a person said stands beside them.
  const beside = reply !== null && calls.every((call) => reads.has(call.id));
  return beside ? [...results, { type: 'text', text: reply.text }] : results;
}
