/** Validation of the events of a streamed answer, which a proxy may have corrupted. Pure. */
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';

/** Upper limit on the parts of an answer. No real answer has more. */
const MOST_BLOCKS = 10_000;

const index = z.number().int().nonnegative().max(MOST_BLOCKS);

/** Accepts any other type, which a later version of the API may add. */
const otherThan = (types: readonly string[]) =>
  z.looseObject({ type: z.string().refine((type) => !types.includes(type)) });

/** A part of an answer, with the fields that Leadwright reads. */
export const blockSchema = z.union([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking'), thinking: z.string() }),
  z.looseObject({ type: z.literal('tool_use'), id: z.string(), name: z.string() }),
  otherThan(['text', 'thinking', 'tool_use']),
]);

const deltaSchema = z.union([
  z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.looseObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  otherThan(['text_delta', 'thinking_delta', 'signature_delta', 'input_json_delta']),
]);

/** The reason to stop. It is stored and shown, and no real one is longer. */
export const stopReasonSchema = z.string().max(100);

const eventSchema = z.union([
  z.looseObject({
    type: z.literal('message_start'),
    message: z.looseObject({ stop_reason: stopReasonSchema.nullish() }),
  }),
  z.looseObject({ type: z.literal('content_block_start'), index, content_block: blockSchema }),
  z.looseObject({ type: z.literal('content_block_delta'), index, delta: deltaSchema }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject({ stop_reason: stopReasonSchema.nullish() }).optional(),
  }),
  otherThan(['message_start', 'content_block_start', 'content_block_delta', 'message_delta']),
]);

/** Whether a value is an event of a streamed answer, with all the fields that Leadwright reads. */
export function isStreamEvent(event: unknown): event is Anthropic.RawMessageStreamEvent {
  return eventSchema.safeParse(event).success;
}
