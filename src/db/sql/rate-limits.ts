import { z } from 'zod';
import type { LimitKey, RunId } from '../../contract/ids.js';
import { defineStatement } from './statement.js';

/** A call that was answered or refused, and when it was sent: the time of its slot, by the database's clock. */
export interface SentCall {
  readonly key: LimitKey;
  readonly sentAt: Date;
}

/** The range of a limit's interval in milliseconds. Below the floor there is no limit. */
export interface LimitRange {
  readonly floorMs: number;
  readonly ceilingMs: number;
}

export const takeModelSlot = defineStatement({
  name: 'take-model-slot',
  reason: 'atomic',
  why: 'Gives each call its own slot, by the clock of the database, and each run its turn; once per turn.',
  text: 'SELECT id, slot AS at, wait_ms AS "waitMs", limited, taken FROM take_model_slot($1, $2, $3)',
  values: (key: LimitKey, run: RunId, longestMs: number) => [key, run, Math.floor(longestMs)],
  row: {
    // A bigint, which the driver returns as text.
    id: z.string().nullable(),
    at: z.date(),
    waitMs: z.number(),
    limited: z.boolean(),
    taken: z.boolean(),
  },
});

export const useModelSlot = defineStatement({
  name: 'use-model-slot',
  reason: 'atomic',
  why: 'Removes a slot exactly when its time has come; for every call that waited.',
  text: 'SELECT slot AS at, wait_ms AS "waitMs" FROM use_model_slot($1)',
  values: (id: string) => [id],
  row: { at: z.date().nullable(), waitMs: z.number().nullable() },
});

export const dropModelSlot = defineStatement({
  name: 'drop-model-slot',
  reason: 'hot',
  why: 'Leaves a slot to the next call: of every waiting call, when a run with hundreds of them is cancelled.',
  text: 'UPDATE model_slots SET run_id = NULL WHERE id = $1',
  values: (id: string) => [id],
});

export const tightenModelLimit = defineStatement({
  name: 'tighten-model-limit',
  reason: 'atomic',
  why: 'Changes the interval that all workers share, under its lock, unless a newer call has.',
  text: 'SELECT tighten_model_limit($1, $2, $3, $4, $5)',
  values: ({ key, sentAt }: SentCall, retryAfterMs: number, { floorMs, ceilingMs }: LimitRange) => [
    key,
    sentAt,
    Math.ceil(retryAfterMs),
    floorMs,
    ceilingMs,
  ],
});

export const relaxModelLimit = defineStatement({
  name: 'relax-model-limit',
  reason: 'atomic',
  why: 'Changes the interval that all workers share, under its lock, unless a newer call has; once per turn.',
  text: 'SELECT relax_model_limit($1, $2, $3)',
  values: ({ key, sentAt }: SentCall, floorMs: number) => [key, sentAt, floorMs],
});
