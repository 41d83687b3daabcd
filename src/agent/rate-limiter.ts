/** The rate limiter before every model call: all workers slow down together when their model refuses calls. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { AgentContext } from './agent-context.js';
import {
  tightenRateLimit,
  relaxRateLimit,
  takeSlot,
  wasTightenedSince,
  type LimitRange,
  type SentCall,
} from '../db/rate-limits.js';
import { limitKey, type LimitKey } from '../contract/ids.js';
import { addressOf, type ModelEndpoint } from '../model/endpoint.js';

/** Permission to send one call now. */
export interface RateSlot extends SentCall {
  /** False when there was no limit, so that an answer has none to relax. */
  readonly limited: boolean;
}

/**
 * The time between two calls. Ten calls a second keep a hundred agents busy, whose answers take ten seconds and more,
 * so a shorter interval is no limit. At the longest interval the whole fleet tries twelve times a minute, which is no
 * burden to an overloaded provider and soon finds out that the overload has ended.
 */
const RANGE: LimitRange = { floorMs: 100, ceilingMs: 5_000 };

/**
 * The longest wait inside an activity, in milliseconds. The activity's own timeout is a minute longer than the call's;
 * this wait and the wait for money fit into that minute.
 */
export const LONGEST_WAIT_MS = 20_000;

type Limited = Pick<AgentContext, 'db'>;

/** The limit on a model at an endpoint, shared by all workers that call it there. */
export function limitOf(endpoint: ModelEndpoint, model: string): LimitKey {
  const identity = JSON.stringify([addressOf(endpoint), model]);
  return limitKey(createHash('sha256').update(identity).digest('hex'));
}

/**
 * Waits until the call may be sent.
 * @param onPutOff called with the milliseconds until the retry, before the error for it is thrown
 * @returns the slot, for `tightenLimit` or `relaxLimit` after the call
 * @throws ApplicationFailure when that takes too long, for Temporal to retry around the time of the slot
 * @throws the signal's reason
 */
export async function waitForSlot(
  { db }: Limited,
  key: LimitKey,
  signal: AbortSignal,
  onPutOff: (retryMs: number) => Promise<void> = () => Promise.resolve(),
): Promise<RateSlot> {
  for (let left = LONGEST_WAIT_MS; ;) {
    const { at, issuedAt, waitMs, limited, taken } = await takeSlot(db, key, left);
    if (!taken) {
      const retryMs = retryDelayMs(waitMs, Math.random());
      await onPutOff(retryMs);
      throw tooManyCalls(waitMs, retryMs);
    }
    if (waitMs > 0) await delay(Math.ceil(waitMs), undefined, { signal });
    // If other calls were refused during the wait, everybody queues again.
    if (waitMs === 0 || !(await wasTightenedSince(db, key, issuedAt))) return { key, sentAt: at, limited };
    left -= waitMs;
  }
}

/** Slows the calls down: the model refused this one because of too many calls (429) or an overload (529). */
export async function tightenLimit(
  { db }: Limited,
  slot: RateSlot,
  retryAfterMs: number | null,
): Promise<void> {
  await tightenRateLimit(db, slot, retryAfterMs ?? 0, rangeFor(retryAfterMs));
}

/** The interval never exceeds the wait that the provider itself asks for. Pure. */
export function rangeFor(retryAfterMs: number | null): LimitRange {
  if (retryAfterMs === null) return RANGE;
  const ceilingMs = Math.min(RANGE.ceilingMs, Math.max(RANGE.floorMs, Math.ceil(retryAfterMs)));
  return { ...RANGE, ceilingMs };
}

/** Speeds the calls up: the model answered this one. Call it once the answer is stored. */
export async function relaxLimit({ db }: Limited, slot: RateSlot): Promise<void> {
  if (slot.limited) await relaxRateLimit(db, slot, RANGE.floorMs);
}

function tooManyCalls(waitMs: number, retryMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `The model refused too many calls: the next one may start in ${Math.ceil(waitMs / 1_000)} s`,
    type: 'ModelBusy',
    nextRetryDelay: retryMs,
  });
}

/** A retry within less than a second would find the same. */
const MIN_RETRY_MS = 1_000;

/**
 * When to ask again for a slot that is `waitMs` away: around the time when it is near enough to wait for, each call at
 * a random moment, so that not all come at once. Pure.
 */
export function retryDelayMs(waitMs: number, random: number): number {
  return Math.max(MIN_RETRY_MS, Math.round(waitMs - LONGEST_WAIT_MS + random * LONGEST_WAIT_MS));
}
