/**
 * The rate limit that all workers share on the calls of one model. While the provider refuses calls, they start one
 * by one, an interval apart. All times are from the database's clock. The limit is not a task queue rate of Temporal,
 * which counts activities whatever model they call, ignores `retry-after`, and does not exist on all servers.
 */
import type { LimitKey, RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import * as sql from './sql/rate-limits.js';
import type { LimitRange, SentCall } from './sql/rate-limits.js';
import { onlyRow } from './sql/statement.js';

export type { LimitRange, SentCall } from './sql/rate-limits.js';

/** A slot: the time at which one call may start. */
export interface Slot {
  /** Null when there is no limit, and when the slot was not taken. */
  readonly id: string | null;
  /** When the call may start. Calls of other runs may delay it: see `useSlot`. */
  readonly at: Date;
  readonly waitMs: number;
  /** False when there is no limit. */
  readonly limited: boolean;
  /** False when the slot is too far away and was left to other calls. */
  readonly taken: boolean;
}

/**
 * Finds the next slot for a call of the run, and takes it unless it is more than `longestMs` away. Runs take turns. Costs
 * one read when there is no limit.
 */
export async function takeSlot(db: Database, key: LimitKey, run: RunId, longestMs: number): Promise<Slot> {
  return onlyRow(await sql.takeModelSlot(db.pool, key, run, longestMs));
}

/**
 * Uses a slot. Returns how long it is away if its time has not come yet; null when the limit was tightened since, which
 * takes all slots back.
 */
export async function useSlot(
  db: Database,
  id: string,
): Promise<{ readonly at: Date; readonly waitMs: number } | null> {
  const { at, waitMs } = onlyRow(await sql.useModelSlot(db.pool, id));
  return at === null || waitMs === null ? null : { at, waitMs };
}

/**
 * Gives a slot up. The next call gets it. Those that wait already do not move up: they sleep until their own times, and
 * later calls would start at the same moment as they do.
 */
export async function dropSlot(db: Database, id: string): Promise<void> {
  await sql.dropModelSlot(db.pool, id);
}

/** Doubles the interval after a refused call, and delays the next slot by the provider's `retry-after`. */
export async function tightenRateLimit(
  db: Database,
  sent: SentCall,
  retryAfterMs: number,
  range: LimitRange,
): Promise<void> {
  await sql.tightenModelLimit(db.pool, sent, retryAfterMs, range);
}

/** Shrinks the interval by a fifth after an answered call. */
export async function relaxRateLimit(db: Database, sent: SentCall, floorMs: number): Promise<void> {
  await sql.relaxModelLimit(db.pool, sent, floorMs);
}
