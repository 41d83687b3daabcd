/** Conversations of a task and results of its calls in words, for the command line and the dashboard. Pure. */
import type { CallResultView, ConversationStart, ConversationView } from '../../contract/api.js';
import { formatShort } from './format.js';

const WHY: Readonly<Record<ConversationStart['reason'], string>> = {
  full: "the one before was nearly as long as the model's window",
  too_long: 'the one before was too long for the provider',
  same_failure: 'the tests failed twice in the same way, so the work starts again',
  refused: 'the one before was refused, and would be refused again',
  request_refused: "the model's server refused a request of the one before",
  other_model: 'the plan gives this attempt to another model',
};

/** Why a conversation begins: `conversation 2, from a summary: …`. */
export function conversationTitle({ number, model, begun }: ConversationView): string {
  if (begun === null) return `conversation ${number}`;
  const { reason, summarized } = begun;
  if (summarized === null) return `conversation ${number}, with ${model}: ${WHY[reason]}`;
  const { fromTokens, toTokens } = summarized;
  return `conversation ${number}, from a summary: ${WHY[reason]} (${fromTokens} tokens, summarised in ${toTokens})`;
}

/**
 * A result as people read it: for a command or a call of an MCP server how it ended, as `exit 1, 0.4s`, and the rest of
 * the text.
 */
export function resultWords({ command, mcp, text }: Pick<CallResultView, 'command' | 'mcp' | 'text'>): {
  readonly outcome: string | null;
  readonly rest: string;
} {
  const ran = command ?? mcp;
  if (ran === null) return { outcome: null, rest: text };
  // The text begins with a line that says how it ended.
  const [first = '', ...rest] = text.split('\n');
  const exitCode = command?.exitCode ?? null;
  const end = exitCode === null ? first.replace(/\.$/, '') : `exit ${exitCode}`;
  return { outcome: `${end}, ${formatShort(ran.ms)}`, rest: rest.join('\n').trim() };
}

/** A share in percent, rounded down, so that 100 % is all. */
export function formatShare(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
