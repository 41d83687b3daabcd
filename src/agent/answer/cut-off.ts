/** Answers that were cut off at their length limit: which of their tool calls are complete. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { callsOf } from './tool-calls.js';
import { NOT_A_JSON_OBJECT } from '../../model/collect.js';

/** The result of a call that was cut off, for the model: a sentence without its full stop. */
export const CUT_OFF =
  'not run: the answer was cut off at its length limit in the middle of this call. Make it again, in smaller parts';

export interface CallsInAnswer {
  readonly complete: readonly Anthropic.ToolUseBlock[];
  /** The last call, when the answer ends within it. */
  readonly cutOff: Anthropic.ToolUseBlock | null;
}

/**
 * The tool calls of an answer. Only the block at the end of an answer that reached its limit can be incomplete: then its
 * input is not JSON, or did not begin. An empty input may be whole, but a call with one is cheap to make again.
 */
export function completeCalls(
  answer: readonly Anthropic.ContentBlock[],
  stopReason: Anthropic.StopReason,
): CallsInAnswer {
  const calls = callsOf(answer);
  const last = answer.at(-1);
  if (stopReason !== 'max_tokens' || last?.type !== 'tool_use' || !isPartial(last.input)) {
    return { complete: calls, cutOff: null };
  }
  return { complete: calls.slice(0, -1), cutOff: last };
}

function isPartial(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return true;
  const keys = Object.keys(input);
  return keys.length === 0 || (keys.length === 1 && keys[0] === NOT_A_JSON_OBJECT);
}
