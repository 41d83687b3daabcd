/** Assembles a message from the events of a stream. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { blockSchema } from './stream-events.js';

/**
 * Assembles the message of these events; null when they do not include its end. The SDK's own helper fails on a tool
 * call whose input is not JSON. Here such an answer is accepted, so that the model can be told about the error.
 */
export function assembleMessage(
  events: readonly Anthropic.RawMessageStreamEvent[],
): Anthropic.Message | null {
  const [first, ...rest] = events;
  if (first?.type !== 'message_start') return null;
  const parts: Part[] = [];
  let message = first.message;
  let isComplete = false;
  for (const event of rest) {
    switch (event.type) {
      case 'content_block_start':
        parts[event.index] = { block: event.content_block, json: '' };
        break;
      case 'content_block_delta':
        extend(parts[event.index], event.delta);
        break;
      case 'message_delta':
        message = applyDelta(message, event);
        break;
      case 'message_stop':
        isComplete = true;
        break;
      case 'message_start':
      case 'content_block_stop':
        break;
    }
  }
  // Object.values skips the hole that a proxy leaves when it drops a part.
  return isComplete ? { ...message, content: Object.values(parts).map(finishBlock) } : null;
}

const messageSchema = z.looseObject({
  type: z.literal('message'),
  content: z.array(blockSchema),
  stop_reason: z.string().nullable(),
});

/** Parses the message of a server that answered with JSON instead of a stream; null when it is not a message. */
export function parseWholeMessage(answer: unknown): Anthropic.Message | null {
  if (!isMessage(answer)) return null;
  return { ...answer, content: answer.content.map((block) => finishBlock({ block, json: '' })) };
}

function isMessage(answer: unknown): answer is Anthropic.Message {
  return messageSchema.safeParse(answer).success;
}

interface Part {
  block: Anthropic.ContentBlock;
  /** The JSON text of a tool call's input so far. */
  json: string;
}

function extend(part: Part | undefined, delta: Anthropic.RawContentBlockDelta): void {
  if (part === undefined) return;
  const { block } = part;
  if (delta.type === 'input_json_delta') part.json += delta.partial_json;
  if (delta.type === 'text_delta' && block.type === 'text') {
    part.block = { ...block, text: block.text + delta.text };
  }
  if (delta.type === 'thinking_delta' && block.type === 'thinking') {
    part.block = { ...block, thinking: block.thinking + delta.thinking };
  }
  if (delta.type === 'signature_delta' && block.type === 'thinking') {
    part.block = { ...block, signature: delta.signature };
  }
}

function applyDelta(
  message: Anthropic.Message,
  { delta, usage }: Partial<Anthropic.RawMessageDeltaEvent>,
): Anthropic.Message {
  return {
    ...message,
    // An event that only reports usage has no delta.
    stop_reason: delta?.stop_reason ?? message.stop_reason,
    stop_details: delta?.stop_details ?? message.stop_details,
    // Totals for the whole message. Totals that do not apply are left out.
    usage: { ...message.usage, ...givenTotals(usage) },
  };
}

/** The totals that are present: some servers send none. */
function givenTotals(usage: Anthropic.MessageDeltaUsage | undefined): Partial<Anthropic.Usage> {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, total]) => total !== null));
}

function finishBlock({ block, json }: Part): Anthropic.ContentBlock {
  if (block.type !== 'tool_use') return block;
  return { ...block, input: json === '' ? inputOf(block.input, '') : inputOf(parseJson(json), json) };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The text was cut off, or is not JSON.
    return null;
  }
}

/** The key that holds the text of an input which is not a JSON object. No tool's schema has it. */
export const NOT_A_JSON_OBJECT = 'not_a_json_object';

/** Returns an object in any case: the API accepts no other input. */
function inputOf(input: unknown, json: string): object {
  const usable =
    typeof input === 'object' && input !== null && !Array.isArray(input) && !isDeeperThan(input, MAX_DEPTH);
  return usable ? input : { [NOT_A_JSON_OBJECT]: json };
}

/**
 * Limit on nesting. PostgreSQL's parser fails at some thousand levels, and an unstorable answer would be paid for
 * again.
 */
const MAX_DEPTH = 100;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
