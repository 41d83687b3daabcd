/** A turn of the conversation in parts that a page can show. Pure; what the model wrote is taken as it comes. */
import type { TurnView } from '../../contract/api.js';

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  /** A tool that only looks: one line says it all. */
  | { readonly kind: 'look'; readonly tool: string; readonly at: string }
  | { readonly kind: 'submit'; readonly explanation: string; readonly files: readonly SubmittedFile[] }
  | { readonly kind: 'ask'; readonly question: string }
  /** What came back of a tool, or any other long text: behind a click. */
  | { readonly kind: 'result'; readonly of: string; readonly text: string };

export interface SubmittedFile {
  readonly path: string;
  readonly action: string;
}

/** What was sent with each turn and what came back, turn by turn. */
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
    return { turn, sent, answered: turn.answer.flatMap((block) => answeredPart(block, calls)) };
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

function answeredPart(block: TurnView['answer'][number], calls: Map<string, string>): readonly Part[] {
  switch (block.type) {
    case 'text':
      return block.text.trim() === '' ? [] : [{ kind: 'text', text: block.text }];
    case 'thinking':
      return [{ kind: 'thinking', text: block.thinking }];
    case 'tool_use': {
      const part = toolPart(block.name, block.input);
      calls.set(block.id, part.kind === 'look' ? `${part.tool} ${part.at}`.trim() : block.name);
      return [part];
    }
    default:
      return [{ kind: 'result', of: block.type, text: textOf(block) }];
  }
}

function toolPart(name: string, input: unknown): Part {
  const of = (key: string): string => stringIn(input, key);
  switch (name) {
    case 'submit_changes':
      return { kind: 'submit', explanation: of('explanation'), files: filesIn(input) };
    case 'ask_human':
      return { kind: 'ask', question: of('question') };
    case 'read_file':
    case 'list_files':
    case 'search':
      return { kind: 'look', tool: name, at: of('path') || of('query') || of('pattern') };
    default:
      return { kind: 'result', of: name, text: textOf(input) };
  }
}

function filesIn(input: unknown): readonly SubmittedFile[] {
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
