import type Anthropic from '@anthropic-ai/sdk';
import { callsOf } from './interpret-answer.js';
import { material } from '../shared/material.js';

/** A file of the repository that a task begins with: what of it the model is shown, or why nothing is. */
export interface OpeningFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A task's first message: its title and its description word for word, the files it asked for, and nothing
 * of any other task.
 */
export function firstMessage(
  task: { readonly title: string; readonly description: string },
  files: readonly OpeningFile[],
): string {
  const shown = files.map(({ path, text }) => material(text, path));
  return [`# ${task.title}`, task.description, ...shown].filter((part) => part !== '').join('\n\n');
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
    const read = reads.get(call.id);
    const { text, isError } = read ?? reply ?? GO_ON;
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      // What a look gave is the repository's; what became of a submission says itself what is material of it.
      content: read === undefined || isError ? text : material(text),
      ...(isError ? { is_error: true } : {}),
    };
  });
  // An answer that only looked has no call whose result it could be: what a person said stands beside them.
  const beside = reply !== null && calls.every((call) => reads.has(call.id));
  return beside ? [...results, { type: 'text', text: reply.text }] : results;
}
