import { createHash } from 'node:crypto';
import type {
  Message,
  RawMessageStreamEvent,
  ToolUseBlock,
  TextBlock,
} from '@anthropic-ai/sdk/resources/messages';
import type { Answer } from './script.js';

type ScriptedBlock = TextBlock | ToolUseBlock;
/** A message with the two kinds of blocks that a script can contain. */
export type ScriptedMessage = Message & { readonly content: ScriptedBlock[] };

/** An event of the stream: one of the API's events, or a ping. */
export type StreamEvent = RawMessageStreamEvent | { readonly type: 'ping' };

/** A token is about four characters of English or code. The estimate is good enough, because the model is free. */
const CHARACTERS_PER_TOKEN = 4;
/** The API sends a few words at a time. Larger blocks are sent in larger pieces, which limits the number of events. */
const PIECE = { characters: 60, fewest: 3, most: 24 };

/**
 * Builds the message of an answer. Its ids are derived from the request alone, so that the same request gets the same
 * message.
 */
export function messageFor(answer: Answer, model: string, requestBody: string): ScriptedMessage {
  const id = createHash('sha256').update(requestBody).digest('hex').slice(0, 24);
  const tools = answer.tools ?? [];
  const content: ScriptedBlock[] = [
    ...(answer.text === undefined ? [] : [{ type: 'text' as const, text: answer.text, citations: null }]),
    ...tools.map(({ name, input }, index) => ({
      type: 'tool_use' as const,
      id: `toolu_${id}${index}`,
      name,
      input,
      caller: { type: 'direct' as const },
    })),
  ];
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    container: null,
    diagnostics: null,
    stop_reason: answer.stop_reason ?? (tools.length > 0 ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    stop_details: null,
    usage: {
      input_tokens: tokensOf(requestBody),
      output_tokens: tokensOf(JSON.stringify(content)),
      cache_creation: null,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      inference_geo: null,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: 'standard',
      speed: null,
    },
  };
}

/** The events that stream a message. The first event has no content and no stop reason yet. */
export function eventsOf(message: ScriptedMessage): StreamEvent[] {
  const { container, stop_reason, stop_sequence, stop_details, usage } = message;
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...message.content.flatMap(blockEvents),
    {
      type: 'message_delta',
      delta: { container, stop_reason, stop_sequence, stop_details },
      usage: {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens_details: null,
        server_tool_use: null,
      },
    },
    { type: 'message_stop' },
  ];
}

function blockEvents(block: ScriptedBlock, index: number): StreamEvent[] {
  const stop = { type: 'content_block_stop', index } as const;
  switch (block.type) {
    case 'text':
      return [
        { type: 'content_block_start', index, content_block: { ...block, text: '' } },
        ...piecesOf(block.text).map((text) => delta(index, { type: 'text_delta', text })),
        stop,
      ];
    case 'tool_use':
      return [
        { type: 'content_block_start', index, content_block: { ...block, input: {} } },
        ...piecesOf(JSON.stringify(block.input)).map((partial_json) =>
          delta(index, { type: 'input_json_delta', partial_json }),
        ),
        stop,
      ];
  }
}

type Delta = Extract<RawMessageStreamEvent, { type: 'content_block_delta' }>['delta'];

function delta(index: number, change: Delta): StreamEvent {
  return { type: 'content_block_delta', index, delta: change };
}

function piecesOf(text: string): string[] {
  const wanted = Math.ceil(text.length / PIECE.characters);
  const count = Math.min(Math.max(wanted, PIECE.fewest), PIECE.most);
  const size = Math.max(1, Math.ceil(text.length / count));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
    text.slice(at * size, (at + 1) * size),
  );
}

function tokensOf(text: string): number {
  return Math.max(1, Math.round(text.length / CHARACTERS_PER_TOKEN));
}
