import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { EFFORTS } from '../known-models.js';

/** A cache breakpoint; without a lifetime, the cached prefix is kept for five minutes after its last use. */
const CACHE_CONTROL = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
const CACHED = { cache_control: CACHE_CONTROL.nullish() };

/** The part of a Messages API request that a conversation with tools needs. Unknown keys are accepted. */
const TEXT = z.looseObject({ type: z.literal('text'), text: z.string(), ...CACHED });
const THINKING = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().min(1),
  // The API caches thinking only as a part of what follows it.
  cache_control: z.null().optional(),
});
const TOOL_USE = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  ...CACHED,
});
const TOOL_RESULT = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(TEXT)]).optional(),
  is_error: z.boolean().optional(),
  ...CACHED,
});
const BLOCK = z.discriminatedUnion('type', [TEXT, THINKING, TOOL_USE, TOOL_RESULT]);
const MESSAGE = z.looseObject({
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string(), z.array(BLOCK)]),
});
const TOOL = z.looseObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  ...CACHED,
});
const THINKING_SETTINGS = z.looseObject({
  type: z.enum(['adaptive', 'enabled', 'disabled', 'between_tools']).optional(),
  display: z.enum(['summarized', 'omitted']).nullish(),
  budget_tokens: z.number().int().min(1_024).optional(),
  block_binding: z
    .looseObject({ prefix_mismatch_behavior: z.enum(['error', 'drop_block']).optional() })
    .optional(),
});
export const REQUEST = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.number().int().positive(),
  messages: z.array(MESSAGE).min(1),
  stream: z.boolean().optional(),
  system: z.union([z.string(), z.array(TEXT)]).optional(),
  tools: z.array(TOOL).optional(),
  thinking: THINKING_SETTINGS.optional(),
  output_config: z.strictObject({ effort: z.enum(EFFORTS).nullish() }).optional(),
  ...CACHED,
});

export type Block = z.output<typeof BLOCK>;
export type CacheControl = z.output<typeof CACHE_CONTROL>;
export type ConversationMessage = z.output<typeof MESSAGE>;
export type MessagesRequest = z.output<typeof REQUEST>;

/** A request to the scripted model, as tests see it. */
export interface RecordedRequest {
  readonly body: MessagesRequest;
  readonly headers: IncomingHttpHeaders;
  /** `abandoned`: the client disconnected, or the server was closed, before the end of the answer. */
  readonly outcome: 'open' | 'answered' | 'failed' | 'abandoned';
}

/** The content of a message as blocks. A plain string stands for one text block. */
export function blocksOf({ content }: Pick<ConversationMessage, 'content'>): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
