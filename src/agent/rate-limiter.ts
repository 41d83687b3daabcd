/** The gate before every model call: the fleet slows down together when its model refuses calls. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import {
  cutLimit,
  easeLimit,
  takeSlot,
  wasCutSince,
  type LimitRange,
  type SentCall,
} from '../db/rate-limits.js';
import { limitKey, type LimitKey } from '../contract/ids.js';
import type { ModelEndpoint } from '../model/endpoint.js';
import type { Workplace } from '../activities/activity-context.js';

/** A call that may be sent now. */
export interface Pass extends SentCall {
  /** False: nothing limited it, so its answer has nothing to ease. */
  readonly limited: boolean;
}

/**
 * Ten calls a second keep a hundred agents busy, whose answers take ten seconds and more: a limit above that is
 * none. At the ceiling the whole fleet tries twelve times a minute, which is no burden to an overloaded
 * provider, and finds soon that it is over.
 */
const RANGE: LimitRange = { floorMs: 100, ceilingMs: 5_000 };

/**
 * The longest wait inside an activity, in milliseconds. The activity's own limit has a minute more than the call
 * may take; this and the wait for money fit into it.
 */
export const LONGEST_WAIT_MS = 20_000;

type Limited = Pick<Workplace, 'db'>;

/** The limit on a model at an endpoint, shared by all who call it there. */
export function limitOf({ baseUrl }: ModelEndpoint, model: string): LimitKey {
  const identity = JSON.stringify([baseUrl ?? '', model]);
  return limitKey(createHash('sha256').update(identity).digest('hex'));
}

/**
 * Waits for the call's turn, and gives what cutGate and easeGate want to know of it.
 * @throws ApplicationFailure, for Temporal to try again when the turn may have come
 * @throws the signal's reason
 */
export async function passGate({ db }: Limited, key: LimitKey, signal: AbortSignal): Promise<Pass> {
  for (let left = LONGEST_WAIT_MS; ;) {
    const { at, givenAt, waitMs, limited, taken } = await takeSlot(db, key, left);
    if (!taken) throw turnedAway(waitMs);
    if (waitMs > 0) await delay(Math.ceil(waitMs), undefined, { signal });
    // Others were refused while this one waited: they all stand in a new row.
    if (waitMs === 0 || !(await wasCutSince(db, key, givenAt))) return { key, sentAt: at, limited };
    left -= waitMs;
  }
}

/** The model refused this call because there are too many (429), or because it has too much to do (529). */
export async function cutGate({ db }: Limited, pass: Pass, retryAfterMs: number | null): Promise<void> {
  await cutLimit(db, pass, retryAfterMs ?? 0, cutRange(retryAfterMs));
}

/** No refusal spaces the calls further apart than what the provider itself asks them to wait. Pure. */
export function cutRange(retryAfterMs: number | null): LimitRange {
  if (retryAfterMs === null) return RANGE;
  const ceilingMs = Math.min(RANGE.ceilingMs, Math.max(RANGE.floorMs, Math.ceil(retryAfterMs)));
  return { ...RANGE, ceilingMs };
}

/** The model answered this call: to be said once the answer is stored. */
export async function easeGate({ db }: Limited, pass: Pass): Promise<void> {
  if (pass.limited) await easeLimit(db, pass, RANGE.floorMs);
}

function turnedAway(waitMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    message: `The model refused too many calls: the next one may start in ${Math.ceil(waitMs / 1_000)} s`,
    type: 'ModelBusy',
    nextRetryDelay: comeBackMs(waitMs, Math.random()),
  });
}

/**
 * When to ask for a slot again, that far ahead: around the time when it is near enough to be waited for, each
 * at a moment of its own, so that not all come at once. Pure.
 */
export function comeBackMs(waitMs: number, random: number): number {
  return Math.max(SOON_MS, Math.round(waitMs - LONGEST_WAIT_MS + random * LONGEST_WAIT_MS));
}

/** Nothing changes within a second that is worth asking for again. */
const SOON_MS = 1_000;
