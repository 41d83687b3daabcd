/** The rate limiter before every model call: all workers slow down together when their model refuses calls. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import type { AgentContext } from '../agent-context.js';
import {
  tightenRateLimit,
  relaxRateLimit,
  dropSlot,
  takeSlot,
  useSlot,
  type LimitRange,
  type SentCall,
} from '../../db/rate-limits.js';
import type { Database } from '../../db/database.js';
import { limitKey, type LimitKey, type RunId } from '../../contract/ids.js';
import { addressOf, type ModelEndpoint } from '../../model/endpoint.js';

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
 * The longest wait inside an activity, in milliseconds: for a slot, and then for the answer of another worker that makes the same
 * call. The activity's own timeout has room for both beside the call (MARGIN_MS in src/workflows/activity-options.ts).
 */
export const LONGEST_WAIT_MS = 20_000;

/** No slot starts before now, so with this limit a request only asks for the slot and takes none. */
const NO_WAIT_MS = -1;

type Limited = Pick<AgentContext, 'db'>;

/** A call that needs a slot. */
export interface LimitedCall {
  readonly key: LimitKey;
  readonly run: RunId;
}

/** The limit on a model at an endpoint, shared by all workers that call it there. */
export function limitOf(endpoint: ModelEndpoint, model: string): LimitKey {
  const identity = JSON.stringify([addressOf(endpoint), model]);
  return limitKey(createHash('sha256').update(identity).digest('hex'));
}

/** The permission to send a call at once when there is no limit; null when there is one. */
export async function passWithoutLimit({ db }: Limited, { key, run }: LimitedCall): Promise<RateSlot | null> {
  const { at, limited } = await takeSlot(db, key, run, NO_WAIT_MS);
  return limited ? null : { key, sentAt: at, limited };
}

/**
 * Waits until the call may be sent. Runs take turns, so that one with hundreds of calls does not hold up the others.
 * @param onPutOff called with the milliseconds until the retry, before the error for it is thrown
 * @returns the slot, for `tightenLimit` or `relaxLimit` after the call
 * @throws ApplicationFailure when that takes too long, for Temporal to retry around the time of the slot
 * @throws the signal's reason
 */
export async function waitForSlot(
  { db }: Limited,
  { key, run }: LimitedCall,
  signal: AbortSignal,
  onPutOff: (retryMs: number) => Promise<void> = () => Promise.resolve(),
): Promise<RateSlot> {
  for (let left = LONGEST_WAIT_MS; ;) {
    const { id, at, waitMs, limited, taken } = await takeSlot(db, key, run, left);
    if (!limited) return { key, sentAt: at, limited };
    // Other runs' calls may come first meanwhile: then the slot is not due yet when its first time has come.
    for (let ms = waitMs; ;) {
      if (!taken || id === null || ms > left) {
        if (id !== null) await dropSlot(db, id);
        const retryMs = retryDelayMs(ms, Math.random());
        await onPutOff(retryMs);
        throw tooManyCalls(ms, retryMs);
      }
      if (ms > 0) await waitOrDrop(db, id, ms, signal);
      left -= ms;
      const due = await useSlot(db, id);
      // Other calls were refused during the wait: everybody queues again.
      if (due === null) break;
      if (due.waitMs === 0) return { key, sentAt: due.at, limited };
      ms = due.waitMs;
    }
  }
}

/** Waits for a slot. When the call is no longer wanted, its slot is given up. @throws the signal's reason */
async function waitOrDrop(db: Database, id: string, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.ceil(ms), undefined, { signal });
  } catch (error) {
    // If that fails, the slot is removed a minute after its time, like that of a killed worker.
    await dropSlot(db, id).catch(() => undefined);
    throw error;
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
