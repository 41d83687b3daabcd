import { z } from 'zod';
import type { LimitKey } from '../../contract/ids.js';
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
  why: 'Gives each call its own slot, by the clock of the database; once per turn.',
  text: 'SELECT issued_at AS "issuedAt", slot AS at, wait_ms AS "waitMs", limited, taken FROM take_model_slot($1, $2)',
  values: (key: LimitKey, longestMs: number) => [key, Math.floor(longestMs)],
  row: {
    issuedAt: z.date(),
    at: z.date(),
    waitMs: z.number(),
    limited: z.boolean(),
    taken: z.boolean(),
  },
});

export const selectTightenedSince = defineStatement({
  name: 'select-tightened-since',
  reason: 'hot',
  why: 'Read before every call that waited for its slot.',
  text: 'SELECT tightened_at > $2 AS tightened FROM model_limits WHERE key = $1',
  values: (key: LimitKey, since: Date) => [key, since],
  row: { tightened: z.boolean() },
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
