/** A turn of the conversation in parts that the page can show. Pure; any input that the model wrote is accepted. */
import { isRecord } from '../../shared/is-record.js';
import type { ToolCallView, TurnView } from '../../contract/api.js';
import { resultWords } from '../../shared/words/conversation-words.js';
import { sectionsOf, type Section } from '../../shared/words/message-sections.js';

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  /** The text that ends a conversation. */
  | { readonly kind: 'summary'; readonly text: string }
  /** The first message of a conversation. */
  | { readonly kind: 'opening'; readonly of: string; readonly sections: readonly Section[] }
  /** A tool that reads: its name and label say what it is about. */
  | { readonly kind: 'call'; readonly tool: string; readonly label: string }
  /** `result` is what the model was told about it; null when there is nothing to say. */
  | {
      readonly kind: 'change';
      readonly tool: string;
      readonly files: readonly ChangedFile[];
      readonly result: readonly Section[] | null;
    }
  | CommandPart
  | { readonly kind: 'submit'; readonly explanation: string; readonly files: readonly ChangedFile[] }
  | { readonly kind: 'ask'; readonly question: string }
  /** The result of a tool, or any other long text: behind a click. */
  | { readonly kind: 'result'; readonly of: string; readonly text: string };

/** A command, or a call of an MCP server. */
export interface CommandPart {
  readonly kind: 'command';
  /** What is before it: the sign of a shell, or the server. */
  readonly prompt: string;
  readonly command: string;
  /** How it ended, as `exit 1, 0.4s`; null while it is running, and when it was not run. */
  readonly outcome: string | null;
  readonly failed: boolean;
  /** What the model was told beside the output, such as the files that were kept. */
  readonly notes: string;
  /** The output as far as the model was shown it; null when there is none. */
  readonly output: string | null;
  /** The id of the whole output, when `output` is only a part of it. */
  readonly wholeId: string | null;
}

export interface ChangedFile {
  readonly path: string;
  readonly action: string;
}

/** A turn with what was sent and what the model answered. */
export interface ShownTurn {
  readonly turn: TurnView;
  readonly sent: readonly Part[];
  readonly answered: readonly Part[];
}

/** Tool calls by their ids: how a result names its call, and whether the result is shown with the call. */
type Calls = Map<string, { readonly name: string; readonly hasResult: boolean }>;

export function shownTurns(turns: readonly TurnView[]): readonly ShownTurn[] {
  // A result names the call it answers, which is in the turn before.
  const calls: Calls = new Map();
  return turns.map((turn, index) => {
    const begins = turns[index - 1]?.conversation !== turn.conversation;
    const sent = sentParts(turn, begins, calls);
    return { turn, sent, answered: turn.answer.flatMap((block) => answeredPart(block, turn, calls)) };
  });
}

function sentParts(turn: TurnView, begins: boolean, calls: Calls): readonly Part[] {
  const { prompt } = turn;
  if (typeof prompt === 'string') return [textPart(turn, begins, prompt)];
  return prompt.flatMap((block): Part[] => {
    switch (block.type) {
      case 'text':
        return [textPart(turn, begins, block.text)];
      case 'tool_result': {
        const call = calls.get(block.tool_use_id);
        if (call?.hasResult === true) return [];
        const { content = [] } = block;
        const text = typeof content === 'string' ? content : textOf(content);
        return [{ kind: 'result', of: call?.name ?? 'a tool', text: withoutMarks(text) }];
      }
      default:
        return [{ kind: 'result', of: block.type, text: textOf(block) }];
    }
  });
}

/** A result without the lines around the texts in it, which tell the model who wrote them. */
function withoutMarks(text: string): string {
  return sectionsOf(text)
    .map((section) => section.text)
    .join('\n\n');
}

function textPart({ conversation, isSummary }: TurnView, begins: boolean, text: string): Part {
  if (isSummary)
    return { kind: 'result', of: `conversation ${conversation} as text, to be summarised`, text };
  if (!begins) return { kind: 'text', text };
  const of =
    conversation === 1
      ? 'the task, as the agent was given it'
      : 'the task and what was done so far, as the agent was given it';
  return { kind: 'opening', of, sections: sectionsOf(text) };
}

function answeredPart(
  block: TurnView['answer'][number],
  { toolCalls, isSummary }: TurnView,
  calls: Calls,
): readonly Part[] {
  switch (block.type) {
    case 'text':
      if (block.text.trim() === '') return [];
      return [{ kind: isSummary ? 'summary' : 'text', text: block.text }];
    case 'thinking':
      // Some models give only the signature of their thinking.
      return block.thinking.trim() === '' ? [] : [{ kind: 'thinking', text: block.thinking }];
    case 'redacted_thinking':
      return [];
    case 'tool_use': {
      const call = toolCalls.find(({ id }) => id === block.id);
      const part = toolPart(call, block);
      calls.set(block.id, {
        name: part.kind === 'call' ? `${part.tool} ${part.label}`.trim() : block.name,
        hasResult: call !== undefined && call.result !== null,
      });
      return [part];
    }
    default:
      return [{ kind: 'result', of: block.type, text: textOf(block) }];
  }
}

/** By the tool's effect: the page knows no tool by its name. */
function toolPart(
  call: ToolCallView | undefined,
  { name, input }: { readonly name: string; readonly input: unknown },
): Part {
  switch (call?.effect) {
    case 'read':
      return { kind: 'call', tool: name, label: call.label };
    case 'run':
      return commandPart(call, '$', call.result?.command?.command ?? call.label);
    case 'mcp':
      return commandPart(call, 'MCP', `${name} ${call.label}`);
    case 'change':
      return {
        ...{ kind: 'change', tool: name, files: filesIn(input) },
        result: call.result === null ? null : sectionsOf(call.result.text),
      };
    case 'submit':
      return { kind: 'submit', explanation: stringIn(input, 'explanation'), files: filesIn(input) };
    case 'ask':
      return { kind: 'ask', question: stringIn(input, 'question') };
    case null:
    case undefined:
      return { kind: 'result', of: name, text: textOf(input) };
  }
}

function commandPart({ result, outputId }: ToolCallView, prompt: string, command: string): CommandPart {
  if (result === null) {
    const nothing = { outcome: null, failed: false, notes: '', output: null, wholeId: null };
    return { kind: 'command', prompt, command, ...nothing };
  }
  const { outcome, rest } = resultWords(result);
  const sections = sectionsOf(rest);
  // A shortened result names the id of the whole output.
  const isOfWhole = (line: string) => outputId !== null && line.includes(outputId);
  const lines = sections.flatMap(({ kind, text }) => (kind === 'text' ? text.split('\n') : []));
  return {
    kind: 'command',
    prompt,
    command,
    outcome,
    failed: result.isError || (result.command !== null && result.command.exitCode !== 0),
    notes: lines.filter((line) => !isOfWhole(line)).join('\n'),
    output: sections.findLast(({ kind }) => kind === 'material')?.text ?? null,
    wholeId: lines.some(isOfWhole) ? outputId : null,
  };
}

function filesIn(input: unknown): readonly ChangedFile[] {
  const files = isRecord(input) ? input['files'] : null;
  if (!Array.isArray(files)) return [];
  return files.map((file: unknown) => ({ path: stringIn(file, 'path'), action: stringIn(file, 'action') }));
}

function stringIn(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}

/** Text where there is text, JSON where there is something else. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  const text = stringIn(value, 'text');
  return text === '' ? JSON.stringify(value, null, 2) : text;
}
