import { RESULT_MARKERS } from '../result-markers.js';
import { blocksOf, type Block, type ConversationMessage } from './scripted-request.js';
import type { Answer, ON, TaskScript } from './script.js';

/** What came back last in a conversation. `other`: a remark that no script waits for by name. */
export type ResultKind = (typeof ON)[number] | 'other';

const PREFIXES = [
  [RESULT_MARKERS.red, 'red'],
  [RESULT_MARKERS.refused, 'refused'],
  [RESULT_MARKERS.conflict, 'conflict'],
  [RESULT_MARKERS.redMerge, 'red-merge'],
  [RESULT_MARKERS.malformed, 'malformed'],
  [RESULT_MARKERS.answered, 'answered'],
] as const;

/**
 * The answer to a conversation, from the conversation alone, so that a repeated call and a restarted server give
 * the same one. What the script has no answer to is said in an answer that ends the turn.
 */
export function chooseAnswer(script: TaskScript, messages: readonly ConversationMessage[]): Answer {
  const title = findTaskTitle(Object.keys(script.tasks), messages);
  if (title === null) return { text: 'The script has no task whose title the first message holds.' };
  const left = [...(script.tasks[title] ?? [])];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') take(left, lastResultKind(messages.slice(0, index)));
  }
  const cameBack = lastResultKind(messages);
  return take(left, cameBack) ?? { text: `The script has no answer left for "${title}" after ${cameBack}.` };
}

/** The title that stands on a line of its own in the first message, as a Markdown heading or plainly. */
export function findTaskTitle(
  titles: readonly string[],
  messages: readonly ConversationMessage[],
): string | null {
  const [first] = messages;
  if (first === undefined) return null;
  const lines = blocksOf(first)
    .flatMap((block) => (block.type === 'text' ? block.text.split('\n') : []))
    .map((line) => line.replace(/^#+ /, '').trim());
  return titles.find((title) => lines.includes(title)) ?? null;
}

/** What came back since the model last spoke, told by how the latest of it begins. */
export function lastResultKind(messages: readonly ConversationMessage[]): ResultKind {
  const spoke = messages.findLastIndex(({ role }) => role === 'assistant');
  if (spoke === -1) return 'start';
  const blocks = messages.slice(spoke + 1).flatMap(blocksOf);
  for (const block of blocks.toReversed()) {
    const text = textOf(block);
    const known = PREFIXES.find(([prefix]) => text.startsWith(prefix));
    if (known !== undefined) return known[1];
  }
  return blocks.some(({ type }) => type === 'tool_result') ? 'tool' : 'other';
}

function take(left: Answer[], cameBack: ResultKind): Answer | undefined {
  const index = left.findIndex(({ on }) => on === undefined || on === cameBack);
  return index === -1 ? undefined : left.splice(index, 1)[0];
}

function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'tool_result':
      return typeof block.content === 'string'
        ? block.content
        : (block.content ?? []).map(({ text }) => text).join('');
    case 'tool_use':
      return '';
  }
}
