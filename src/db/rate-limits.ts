/**
 * The rate limit that all workers share on the calls of one model. While the provider refuses calls, they start one
 * by one, an interval apart. All times are from the database's clock. The limit is not a task queue rate of Temporal,
 * which counts activities whatever model they call, ignores `retry-after`, and does not exist on all servers.
 */
import type { LimitKey } from '../contract/ids.js';
import type { Database } from './database.js';
import * as sql from './sql/rate-limits.js';
import type { LimitRange, SentCall } from './sql/rate-limits.js';
import { onlyRow } from './sql/statement.js';

export type { LimitRange, SentCall } from './sql/rate-limits.js';

/** A slot: the time at which one call may start. */
export interface Slot {
  /** When the slot was handed out. */
  readonly issuedAt: Date;
  /** When the call may start. */
  readonly at: Date;
  readonly waitMs: number;
  /** False when there is no limit. */
  readonly limited: boolean;
  /** False when the slot is too far away and was left to other calls. */
  readonly taken: boolean;
}

/** Finds the next slot, and takes it unless it is more than `longestMs` away. Costs one read when there is no limit. */
export async function takeSlot(db: Database, key: LimitKey, longestMs: number): Promise<Slot> {
  return onlyRow(await sql.takeModelSlot(db.pool, key, longestMs));
}

/** Whether the rate limit was tightened since a slot was handed out, which makes the slot invalid. */
export async function wasTightenedSince(db: Database, key: LimitKey, since: Date): Promise<boolean> {
  const [limit] = await sql.selectTightenedSince(db.pool, key, since);
  return limit?.tightened === true;
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
