/** A turn of the conversation in parts that the page can show. Pure; any input that the model wrote is accepted. */
import type { ToolCallView, TurnView } from '../../contract/api.js';

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  /** A tool that reads or runs a command: its name and label say what it is about. */
  | { readonly kind: 'call'; readonly tool: string; readonly label: string }
  | { readonly kind: 'change'; readonly tool: string; readonly files: readonly ChangedFile[] }
  | { readonly kind: 'submit'; readonly explanation: string; readonly files: readonly ChangedFile[] }
  | { readonly kind: 'ask'; readonly question: string }
  /** The result of a tool, or any other long text: behind a click. */
  | { readonly kind: 'result'; readonly of: string; readonly text: string };

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

export function shownTurns(turns: readonly TurnView[]): readonly ShownTurn[] {
  // A result names the call it answers, which is in the turn before.
  const calls = new Map<string, string>();
  return turns.map((turn) => {
    const sent = sentParts(turn, calls);
    return { turn, sent, answered: turn.answer.flatMap((block) => answeredPart(block, turn, calls)) };
  });
}

function sentParts({ prompt, number }: TurnView, calls: ReadonlyMap<string, string>): readonly Part[] {
  if (typeof prompt === 'string') return [opening(number, prompt)];
  return prompt.map((block): Part => {
    switch (block.type) {
      case 'text':
        return opening(number, block.text);
      case 'tool_result':
        return {
          kind: 'result',
          of: calls.get(block.tool_use_id) ?? 'a tool',
          text: typeof block.content === 'string' ? block.content : textOf(block.content ?? []),
        };
      default:
        return { kind: 'result', of: block.type, text: textOf(block) };
    }
  });
}

/** The first message holds the task and its files, which the page shows elsewhere. */
function opening(number: number, text: string): Part {
  return number === 1
    ? { kind: 'result', of: 'the task, as the agent was given it', text }
    : { kind: 'text', text };
}

function answeredPart(
  block: TurnView['answer'][number],
  { toolCalls }: TurnView,
  calls: Map<string, string>,
): readonly Part[] {
  switch (block.type) {
    case 'text':
      return block.text.trim() === '' ? [] : [{ kind: 'text', text: block.text }];
    case 'thinking':
      // Some models give only the signature of their thinking.
      return block.thinking.trim() === '' ? [] : [{ kind: 'thinking', text: block.thinking }];
    case 'redacted_thinking':
      return [];
    case 'tool_use': {
      const part = toolPart(
        toolCalls.find(({ id }) => id === block.id),
        block,
      );
      calls.set(block.id, part.kind === 'call' ? `${part.tool} ${part.label}`.trim() : block.name);
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
    case 'run':
      return { kind: 'call', tool: name, label: call.label };
    case 'change':
      return { kind: 'change', tool: name, files: filesIn(input) };
    case 'submit':
      return { kind: 'submit', explanation: stringIn(input, 'explanation'), files: filesIn(input) };
    case 'ask':
      return { kind: 'ask', question: stringIn(input, 'question') };
    case null:
    case undefined:
      return { kind: 'result', of: name, text: textOf(input) };
  }
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Text where there is text, JSON where there is something else. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  const text = stringIn(value, 'text');
  return text === '' ? JSON.stringify(value, null, 2) : text;
}
