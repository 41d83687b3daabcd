/** Prints the turns of a task: what was sent, what the model answered, and what its calls did. */
import type Anthropic from '@anthropic-ai/sdk';
import { textOf } from '../agent/interpret-answer.js';
import type { ConversationView, ToolCallView, TurnView } from '../contract/api.js';
import type { ChangedLines } from '../git/store/compare.js';
import { conversationTitle, resultWords } from '../shared/conversation-words.js';
import { count } from '../shared/format.js';
import { sectionsOf } from '../shared/message-sections.js';
import { paint, styled } from '../shared/terminal-text.js';
import { print } from './output.js';

/** A turn with the files that it changed in the draft: null when it changed none, `files` null when they are lost. */
export interface PrintedTurn extends Omit<TurnView, 'draft'> {
  readonly draft:
    (NonNullable<TurnView['draft']> & { readonly files: readonly ChangedLines[] | null }) | null;
}

export function printTurns(turns: readonly PrintedTurn[], conversations: readonly ConversationView[]): void {
  // The result of such a call is printed with the call, not once more with the message that sent it.
  const printed = new Set<string>();
  for (const turn of turns) {
    const begun = conversations.find(({ firstTurn }) => firstTurn === turn.number);
    if (begun !== undefined && begun.begun !== null) print(paint.bold(`\n══ ${conversationTitle(begun)}`));
    printTurn(turn, printed);
    for (const { id, result } of turn.toolCalls) if (result !== null) printed.add(id);
  }
}

function printTurn(turn: PrintedTurn, printed: ReadonlySet<string>): void {
  const what = turn.isSummary ? `, the summary of conversation ${turn.conversation}` : '';
  print(paint.bold(`\n── turn ${turn.number}, attempt ${turn.attempt}${what}`));
  // The prompt of a summary holds the whole conversation once more.
  const prompt = turn.isSummary ? '' : promptText(turn.prompt, printed);
  if (prompt !== '') print(indent(prompt));
  print(paint.bold('── the model'));
  const text = textOf(turn.answer);
  if (text !== '') print(indent(text));
  for (const block of turn.answer) {
    if (block.type !== 'tool_use') continue;
    const call = turn.toolCalls.find(({ id }) => id === block.id);
    print(indent(describeCall(block, call)));
    if (call !== undefined) printResult(call);
  }
  if (turn.draft !== null) printDraft(turn.draft.files);
}

function printResult({ result }: ToolCallView): void {
  if (result === null) return;
  const { outcome, rest } = resultWords(result);
  const failed = result.isError || (result.command !== null && result.command.exitCode !== 0);
  if (outcome !== null) print(styled`    ${(failed ? paint.red : paint.green)(outcome)}`);
  const text = sectionsOf(rest)
    .map((section) => section.text)
    .join('\n');
  if (text !== '') print(indent(indent(text)));
}

function printDraft(files: readonly ChangedLines[] | null): void {
  if (files === null) {
    print('  The draft changed; the git store of this machine does not have it.');
    return;
  }
  print(`  The draft changed in ${count(files.length, 'file')}:`);
  for (const { path, added, removed } of files) {
    const lines = added === null || removed === null ? 'binary' : `+${added} -${removed}`;
    print(styled`    ${path}  ${paint.dim(lines)}`);
  }
}

/** One line for read and run tools; the complete input for tools whose input is the work itself. */
function describeCall({ name, input }: Anthropic.ToolUseBlock, call: ToolCallView | undefined): string {
  switch (call?.effect) {
    case 'read':
    case 'run':
    case 'mcp':
      return `${name} ${call.label}`.trim();
    case 'change':
    case 'submit':
    case 'ask':
    case null:
    case undefined:
      return `${name} ${JSON.stringify(input, null, 2)}`;
  }
}

function promptText(prompt: Anthropic.MessageParam['content'], printed: ReadonlySet<string>): string {
  if (typeof prompt === 'string') return prompt;
  return prompt
    .flatMap((block) => {
      if (block.type === 'text') return [block.text];
      if (block.type !== 'tool_result') return [`(${block.type})`];
      if (printed.has(block.tool_use_id)) return [];
      return [typeof block.content === 'string' ? block.content : '(content)'];
    })
    .join('\n');
}

export function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
