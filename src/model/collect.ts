/** A streamed answer, put together again. Pure. */
import type Anthropic from '@anthropic-ai/sdk';

/**
 * The message that these events make; null when its end is not among them. The SDK's own helper gives up on a
 * tool call whose input is not JSON; here such an answer is one like any other, for the model is to be told.
 */
export function collect(events: readonly Anthropic.RawMessageStreamEvent[]): Anthropic.Message | null {
  const [first, ...rest] = events;
  if (first?.type !== 'message_start') return null;
  const parts: Part[] = [];
  let message = first.message;
  let whole = false;
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
        whole = true;
        break;
      case 'message_start':
      case 'content_block_stop':
        break;
    }
  }
  return whole ? { ...message, content: parts.map(finished) } : null;
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
  { delta, usage }: Anthropic.RawMessageDeltaEvent,
): Anthropic.Message {
  return {
    ...message,
    stop_reason: delta.stop_reason,
    // Totals of the whole message, each left out where it does not apply.
    usage: {
      ...message.usage,
      output_tokens: usage.output_tokens,
      input_tokens: usage.input_tokens ?? message.usage.input_tokens,
      cache_creation_input_tokens:
        usage.cache_creation_input_tokens ?? message.usage.cache_creation_input_tokens,
      cache_read_input_tokens: usage.cache_read_input_tokens ?? message.usage.cache_read_input_tokens,
    },
  };
}

function finished({ block, json }: Part): Anthropic.ContentBlock {
  return block.type === 'tool_use' && json !== '' ? { ...block, input: inputOf(json) } : block;
}

/** An object in any case: the API takes back no other input, and no schema of ours has this key. */
function inputOf(json: string): object {
  try {
    const input: unknown = JSON.parse(json);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Cut off, or never JSON.
  }
  return { not_a_json_object: json };
}
