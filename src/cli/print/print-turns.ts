/** The turns of a task as lines: what was sent, what the model answered, and what its calls did. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { textOf } from '../../agent/answer/interpret-answer.js';
import type {
  AttemptView,
  CallResultView,
  ConversationView,
  ToolCallView,
  TurnView,
} from '../../contract/api.js';
import type { ChangedLines } from '../../git/store/compare.js';
import { conversationTitle, resultWords } from '../../shared/words/conversation-words.js';
import { count } from '../../shared/words/format.js';
import { sectionsOf } from '../../shared/words/message-sections.js';
import { paint, styled, type Printable } from '../../shared/words/terminal-text.js';

/** A turn with the files that it changed in the draft: null when it changed none, `files` null when they are lost. */
export interface PrintedTurn extends Omit<TurnView, 'draft'> {
  readonly draft:
    (NonNullable<TurnView['draft']> & { readonly files: readonly ChangedLines[] | null }) | null;
}

/** The turns as lines. What a call gave is below it, also when the next message to the model sent it. */
export function turnLines(
  turns: readonly PrintedTurn[],
  conversations: readonly ConversationView[],
): Printable[] {
  const sent = sentResults(turns);
  const printed = new Set<string>();
  return turns.flatMap((turn) => {
    const begun = conversations.find(({ firstTurn }) => firstTurn === turn.number);
    const title =
      begun === undefined || begun.begun === null ? [] : [paint.bold(`\n══ ${conversationTitle(begun)}`)];
    const lines = linesOfTurn(turn, sent, printed);
    for (const block of turn.answer) if (block.type === 'tool_use') printed.add(block.id);
    return [...title, ...lines];
  });
}

/** The commits that persons have handed in as the task's work, with who did: no turn shows them. */
export function handedInLines(
  attempts: readonly Pick<AttemptView, 'number' | 'kind' | 'explanation'>[],
): Printable[] {
  return attempts.flatMap(({ number, kind, explanation }) =>
    kind === 'handed_in' ? [paint.bold(`\n── attempt ${number}`), indent(explanation)] : [],
  );
}

/** The results that messages to the model hold, by the ids of their calls. */
function sentResults(turns: readonly PrintedTurn[]): ReadonlyMap<string, string> {
  const blocks = turns.flatMap(({ prompt }) => (typeof prompt === 'string' ? [] : prompt));
  return new Map(
    blocks.flatMap((block) =>
      block.type === 'tool_result' ? [[block.tool_use_id, resultText(block)] as const] : [],
    ),
  );
}

function linesOfTurn(
  turn: PrintedTurn,
  sent: ReadonlyMap<string, string>,
  printed: ReadonlySet<string>,
): Printable[] {
  const what = turn.isSummary ? `, the summary of conversation ${turn.conversation}` : '';
  // The prompt of a summary holds the whole conversation once more.
  const prompt = turn.isSummary ? '' : promptText(turn.prompt, printed);
  const text = textOf(turn.answer);
  return [
    paint.bold(`\n── turn ${turn.number}, attempt ${turn.attempt}${what}`),
    ...(prompt === '' ? [] : [indent(prompt)]),
    paint.bold('── the model'),
    ...(text === '' ? [] : [indent(text)]),
    ...turn.answer.flatMap((block) => {
      if (block.type !== 'tool_use') return [];
      const call = turn.toolCalls.find(({ id }) => id === block.id);
      const recorded = call?.result ?? null;
      const given = recorded === null ? materialText(sent.get(block.id) ?? '') : linesOfResult(recorded);
      return [indent(describeCall(block, call)), ...given];
    }),
    ...(turn.draft === null ? [] : linesOfDraft(turn.draft.files)),
  ];
}

function linesOfResult(result: CallResultView): Printable[] {
  const { outcome, rest } = resultWords(result);
  const failed = result.isError || (result.command !== null && result.command.exitCode !== 0);
  const end = outcome === null ? [] : [styled`    ${(failed ? paint.red : paint.green)(outcome)}`];
  return [...end, ...materialText(rest)];
}

/** A result below its call, without the lines around the texts in it, which tell the model who wrote them. */
function materialText(result: string): Printable[] {
  const text = sectionsOf(result)
    .map((section) => section.text)
    .join('\n');
  return text === '' ? [] : [indent(indent(text))];
}

function linesOfDraft(files: readonly ChangedLines[] | null): Printable[] {
  if (files === null) return ['  The draft changed; the git store of this machine does not have it.'];
  return [
    `  The draft changed in ${count(files.length, 'file')}:`,
    ...files.map(({ path, added, removed }) => {
      const lines = added === null || removed === null ? 'binary' : `+${added} -${removed}`;
      return styled`    ${path}  ${paint.dim(lines)}`;
    }),
  ];
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
      return [name, ...describeInput(input)].join('\n');
  }
}

/** The input of a tool as a person reads it: values of several lines, such as code, with real line breaks. */
function describeInput(input: unknown, depth = 1): string[] {
  const margin = '  '.repeat(depth);
  if (Array.isArray(input)) {
    return input.flatMap((item: unknown, index) =>
      isNested(item)
        ? [`${margin}${index + 1}.`, ...describeInput(item, depth + 1)]
        : [`${margin}- ${oneLine(item)}`],
    );
  }
  if (typeof input !== 'object' || input === null) return [`${margin}${oneLine(input)}`];
  return Object.entries(input).flatMap(([key, value]) => {
    if (typeof value === 'string' && value.includes('\n')) {
      const lines = value.replace(/\n$/, '').split('\n');
      return [`${margin}${key}:`, ...lines.map((line) => `${margin}  | ${line}`)];
    }
    return isNested(value)
      ? [`${margin}${key}:`, ...describeInput(value, depth + 1)]
      : [`${margin}${key}: ${oneLine(value)}`];
  });
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function oneLine(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function promptText(prompt: Anthropic.MessageParam['content'], printed: ReadonlySet<string>): string {
  if (typeof prompt === 'string') return prompt;
  return prompt
    .flatMap((block) => {
      if (block.type === 'text') return [block.text];
      if (block.type !== 'tool_result') return [`(${block.type})`];
      if (printed.has(block.tool_use_id)) return [];
      return [resultText(block)];
    })
    .join('\n');
}

function resultText({ content }: Anthropic.ToolResultBlockParam): string {
  return typeof content === 'string' ? content : '(content)';
}

export function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
