import type {
  Message,
  RawMessageStreamEvent,
  ThinkingBlock,
  ToolUseBlock,
  TextBlock,
} from '@anthropic-ai/sdk/resources/messages';
import type { PromptUsage } from './prompt-cache.js';
import { tokensOf, type Segment } from './request-segments.js';
import type { Answer } from './script.js';
import { signThinking } from './thinking-signature.js';

type ScriptedBlock = ThinkingBlock | TextBlock | ToolUseBlock;
/** A message with the kinds of blocks that a script can contain. */
export type ScriptedMessage = Message & { readonly content: ScriptedBlock[] };

/** An event of the stream: one of the API's events, or a ping. */
export type StreamEvent = RawMessageStreamEvent | { readonly type: 'ping' };

/** The API sends a few words at a time. Larger blocks are sent in larger pieces, which limits the number of events. */
const PIECE = { characters: 60, fewest: 3, most: 24 };

/** The request that a message answers. */
export interface AnsweredRequest {
  readonly model: string;
  readonly maxTokens: number;
  /** The tokens that the model can read and write together. */
  readonly contextTokens: number;
  readonly segments: readonly Segment[];
  readonly usage: PromptUsage;
}

/** A message, and the tool call at which it was cut off, if any. A stream holds the beginning of that call, too. */
export interface CutMessage {
  readonly message: ScriptedMessage;
  readonly cutCall: ToolUseBlock | null;
}

/**
 * Builds the message of an answer. Its ids are derived from the request alone, so that the same request gets the same
 * message. Blocks beyond the length limit or the context window are left out.
 */
export function messageFor(answer: Answer, request: AnsweredRequest): CutMessage {
  const { model, segments, usage } = request;
  const id = (segments.at(-1)?.prefix ?? '').slice(0, 24);
  const { content, tokens, stopReason, cutCall } = cutOff(blocksFor(answer, id, segments), request);
  const stop = stopReason ?? answer.stop_reason ?? (answer.tools?.length ? 'tool_use' : 'end_turn');
  const message: ScriptedMessage = {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    container: null,
    diagnostics: null,
    stop_reason: stop,
    stop_sequence: null,
    stop_details:
      stop === 'refusal'
        ? { type: 'refusal', category: null, explanation: null, ...answer.stop_details }
        : null,
    usage: {
      input_tokens: usage.uncached,
      output_tokens: tokens,
      cache_creation: {
        ephemeral_5m_input_tokens: usage.written5m,
        ephemeral_1h_input_tokens: usage.written1h,
      },
      cache_creation_input_tokens: usage.written,
      cache_read_input_tokens: usage.read,
      inference_geo: null,
      output_tokens_details: null,
      server_tool_use: null,
      service_tier: 'standard',
      speed: null,
    },
  };
  return { message, cutCall };
}

function blocksFor(
  { thinking, text, tools = [] }: Answer,
  id: string,
  segments: readonly Segment[],
): ScriptedBlock[] {
  return [
    ...(thinking === undefined
      ? []
      : [{ type: 'thinking' as const, thinking, signature: signThinking(thinking, segments) }]),
    ...(text === undefined ? [] : [{ type: 'text' as const, text, citations: null }]),
    ...tools.map(({ name, input }, index) => ({
      type: 'tool_use' as const,
      id: `toolu_${id}${index}`,
      name,
      input,
      caller: { type: 'direct' as const },
    })),
  ];
}

/** The blocks that fit, and why the others do not. */
function cutOff(
  blocks: readonly ScriptedBlock[],
  { maxTokens, contextTokens, usage }: AnsweredRequest,
): Pick<CutMessage, 'cutCall'> & {
  readonly content: ScriptedBlock[];
  /** A limit that was reached is used up. */
  readonly tokens: number;
  readonly stopReason: Message['stop_reason'];
} {
  const room = contextTokens - usage.uncached - usage.written - usage.read;
  const limit = Math.min(maxTokens, room);
  let tokens = 0;
  const content = blocks.filter((block) => (tokens += tokensOf(JSON.stringify(block))) <= limit);
  if (tokens <= limit) {
    return { content, tokens: tokensOf(JSON.stringify(content)), stopReason: null, cutCall: null };
  }
  const next = blocks[content.length];
  return {
    content,
    tokens: Math.max(1, limit),
    stopReason: room < maxTokens ? 'model_context_window_exceeded' : 'max_tokens',
    cutCall: next?.type === 'tool_use' ? next : null,
  };
}

/** The events that stream a message. The first event has no content and no stop reason yet. */
export function eventsOf({ message, cutCall }: CutMessage): StreamEvent[] {
  const { container, stop_reason, stop_sequence, stop_details, usage } = message;
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  return [
    { type: 'message_start', message: start },
    { type: 'ping' },
    ...message.content.flatMap(blockEvents),
    ...(cutCall === null ? [] : beginningOf(blockEvents(cutCall, message.content.length))),
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

/** The first half of a block's pieces. The API closes a block that it cuts off. */
function beginningOf(events: readonly StreamEvent[]): StreamEvent[] {
  return [...events.slice(0, Math.ceil(events.length / 2)), ...events.slice(-1)];
}

function blockEvents(block: ScriptedBlock, index: number): StreamEvent[] {
  const stop = { type: 'content_block_stop', index } as const;
  switch (block.type) {
    case 'thinking':
      return [
        { type: 'content_block_start', index, content_block: { ...block, thinking: '', signature: '' } },
        ...piecesOf(block.thinking).map((thinking) => delta(index, { type: 'thinking_delta', thinking })),
        delta(index, { type: 'signature_delta', signature: block.signature }),
        stop,
      ];
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
