/** An answer as it came, put together again. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { blockSchema } from './stream-events.js';

/**
 * The message that these events make; null when its end is not among them. The SDK's own helper gives up on a
 * tool call whose input is not JSON; here such an answer is one like any other, for the model is to be told.
 */
export function assembleMessage(
  events: readonly Anthropic.RawMessageStreamEvent[],
): Anthropic.Message | null {
  const [first, ...rest] = events;
  if (first?.type !== 'message_start') return null;
  const parts: Part[] = [];
  let message = first.message;
  let requireWhole = false;
  for (const event of rest) {
    switch (event.type) {
      case 'content_block_start':
        parts[event.index] = { block: event.content_block, json: '' };
        break;
      case 'content_block_delta':
        extend(parts[event.index], event.delta);
        break;
      case 'message_delta':
        message = ended(message, event);
        break;
      case 'message_stop':
        requireWhole = true;
        break;
      case 'message_start':
      case 'content_block_stop':
        break;
    }
  }
  // Not by their numbers: a proxy that drops a part leaves a hole.
  return requireWhole ? { ...message, content: Object.values(parts).map(finished) } : null;
}

const wholeSchema = z.looseObject({
  type: z.literal('message'),
  content: z.array(blockSchema),
  stop_reason: z.string().nullable(),
});

/** The message that a server gives whole, though it was asked for a stream; null when that is none. */
export function parseWholeMessage(answer: unknown): Anthropic.Message | null {
  if (!isMessage(answer)) return null;
  return { ...answer, content: answer.content.map((block) => finished({ block, json: '' })) };
}

function isMessage(answer: unknown): answer is Anthropic.Message {
  return wholeSchema.safeParse(answer).success;
}

interface Part {
  block: Anthropic.ContentBlock;
  /** The input of a tool call so far. */
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

function ended(
  message: Anthropic.Message,
  { delta, usage }: Partial<Anthropic.RawMessageDeltaEvent>,
): Anthropic.Message {
  return {
    ...message,
    // One that only counts comes without it.
    stop_reason: delta?.stop_reason ?? message.stop_reason,
    // Totals of the whole message, each left out where it does not apply.
    usage: { ...message.usage, ...given(usage) },
  };
}

/** The totals that are given: some servers give none. */
function given(usage: Anthropic.MessageDeltaUsage | undefined): Partial<Anthropic.Usage> {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, total]) => total !== null));
}

function finished({ block, json }: Part): Anthropic.ContentBlock {
  if (block.type !== 'tool_use') return block;
  return { ...block, input: json === '' ? inputOf(block.input, '') : inputOf(parsed(json), json) };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Cut off, or never JSON.
    return null;
  }
}

/** An object in any case: the API takes back no other input, and no schema of ours has this key. */
function inputOf(input: unknown, json: string): object {
  const usable =
    typeof input === 'object' && input !== null && !Array.isArray(input) && !isDeeper(input, DEEPEST);
  return usable ? input : { not_a_json_object: json };
}

/** A database's parser gives up on some thousand levels, and an answer that can't be stored would be paid for again. */
const DEEPEST = 100;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
