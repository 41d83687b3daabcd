import { EXIT_CODE, MESSAGE_MARKERS, RESULT_MARKERS } from '../result-markers.js';
import { blocksOf, type Block, type ConversationMessage } from './scripted-request.js';
import type { Answer, ON, TaskScript } from './script.js';

/** The kind of the last result in a conversation. `other`: a message that no script can wait for by name. */
export type ResultKind = (typeof ON)[number] | 'other';

const PREFIXES = [
  [RESULT_MARKERS.red, 'red'],
  [RESULT_MARKERS.refused, 'refused'],
  [RESULT_MARKERS.conflict, 'conflict'],
  [RESULT_MARKERS.redMerge, 'red-merge'],
  [RESULT_MARKERS.malformed, 'malformed'],
  [RESULT_MARKERS.answered, 'answered'],
] as const;
const COMMAND_FAILED = new RegExp(`^${EXIT_CODE} (?!0\\.)`);

/**
 * Chooses the answer to a conversation. It depends on the conversation alone, so that a repeated call and a restarted
 * server give the same answer. When the script has none, the answer says so and ends the turn.
 */
export function chooseAnswer(script: TaskScript, messages: readonly ConversationMessage[]): Answer {
  const title = findTaskTitle(Object.keys(script.tasks), messages);
  if (title === null) return { text: 'The script has no task whose title the first message holds.' };
  if (linesOf(messages[0]).includes(MESSAGE_MARKERS.summary)) return SUMMARY;
  const remaining = [...(script.tasks[title] ?? [])];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') take(remaining, lastResultKind(messages.slice(0, index)));
  }
  const kind = lastResultKind(messages);
  return take(remaining, kind) ?? { text: `The script has no answer left for "${title}" after ${kind}.` };
}

/**
 * Finds the first line of the first message that is a title, as a Markdown heading or as plain text; null when none is.
 * Later lines may come from the repository.
 */
export function findTaskTitle(
  titles: readonly string[],
  messages: readonly ConversationMessage[],
): string | null {
  const [first] = messages;
  if (first === undefined) return null;
  const lines = linesOf(first).map((line) => line.replace(/^#+ /, '').trim());
  return lines.find((line) => titles.includes(line)) ?? null;
}

/** The kind of the newest message since the model's last answer, by the marker with which it begins. */
export function lastResultKind(messages: readonly ConversationMessage[]): ResultKind {
  const lastAnswer = messages.findLastIndex(({ role }) => role === 'assistant');
  if (lastAnswer === -1) {
    return linesOf(messages[0]).includes(MESSAGE_MARKERS.continued) ? 'continued' : 'start';
  }
  const blocks = messages.slice(lastAnswer + 1).flatMap(blocksOf);
  for (const block of blocks.toReversed()) {
    const text = textOf(block);
    const known = PREFIXES.find(([prefix]) => text.startsWith(prefix));
    if (known !== undefined) return known[1];
    if (COMMAND_FAILED.test(text)) return 'command-failed';
  }
  return blocks.some(({ type }) => type === 'tool_result') ? 'tool' : 'other';
}

/** What a script says when it is asked for the summary of a conversation. */
const SUMMARY: Answer = { text: '## Tried\nWhat the script says.\n\n## Left to do\nThe rest of the script.' };

function linesOf(message: ConversationMessage | undefined): readonly string[] {
  if (message === undefined) return [];
  return blocksOf(message).flatMap((block) => (block.type === 'text' ? block.text.split('\n') : []));
}

function take(remaining: Answer[], kind: ResultKind): Answer | undefined {
  const index = remaining.findIndex(({ on }) => on === undefined || on === kind);
  return index === -1 ? undefined : remaining.splice(index, 1)[0];
}

function textOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'tool_result':
      return typeof block.content === 'string'
        ? block.content
        : (block.content ?? []).map(({ text }) => text).join('');
    case 'thinking':
    case 'tool_use':
      return '';
  }
}
