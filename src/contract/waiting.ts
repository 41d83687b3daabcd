/** Model calls that are to be made again: why, and what programs see of it. */
import { z } from 'zod';
import { countSchema, momentSchema, taskIdSchema } from './value-schemas.js';

/**
 * Why a call gave no answer:
 * - `rate_limited` (429), `overloaded` (529), `busy` (408, 409 and other errors of the provider)
 * - `unreachable`: no connection; `broken`: the answer broke off; `timeout`: it took too long
 */
export const waitReasonSchema = z.enum([
  'rate_limited',
  'overloaded',
  'busy',
  'unreachable',
  'broken',
  'timeout',
]);
export type WaitReason = z.output<typeof waitReasonSchema>;

export const waitingSchema = z.object({
  /** Null when the model is out of reach for the whole run. */
  taskId: taskIdSchema.nullable(),
  reason: waitReasonSchema,
  /** How many calls in a row gave no answer. */
  tries: countSchema,
  since: momentSchema,
  /** When the call is made again. */
  until: momentSchema,
});
/** A wait for the model, of a run or of one of its tasks. */
export type Waiting = z.output<typeof waitingSchema>;
