/**
 * The limit that all workers share on the calls of one model: while it refuses some, calls start one by one, an
 * interval apart. All times are the database's: no worker's clock counts. It is kept here and not as the task
 * queue's rate in Temporal: that one counts activities, whatever model they call, knows no `retry-after`, and
 * there are servers without it.
 */
import type { LimitKey } from '../contract/ids.js';
import type { Database } from './database.js';
import * as sql from './sql/rate-limits.js';
import type { LimitRange, SentCall } from './sql/rate-limits.js';
import { onlyRow } from './sql/statement.js';

export type { LimitRange, SentCall } from './sql/rate-limits.js';

/** A place in the row of calls. */
export interface Slot {
  /** When it was given out. */
  readonly issuedAt: Date;
  /** When the call may start. */
  readonly at: Date;
  readonly waitMs: number;
  /** False: there is no limit. */
  readonly limited: boolean;
  /** False: it is further away than was asked for, and left to others. */
  readonly taken: boolean;
}

/** The next slot, taken unless it is further away than that. Without a limit, one read. */
export async function takeSlot(db: Database, key: LimitKey, longestMs: number): Promise<Slot> {
  return onlyRow(await sql.takeModelSlot(db.pool, key, longestMs));
}

/** Whether the limit was cut since a slot was given out: the slot is worth nothing then. */
export async function wasCutSince(db: Database, key: LimitKey, since: Date): Promise<boolean> {
  const [limit] = await sql.selectCutSince(db.pool, key, since);
  return limit?.cut === true;
}

/** A refusal doubles the interval, and lets no call start before the provider wants one. */
export async function cutLimit(
  db: Database,
  sent: SentCall,
  retryAfterMs: number,
  range: LimitRange,
): Promise<void> {
  await sql.cutModelLimit(db.pool, sent, retryAfterMs, range);
}

/** An answer takes a fifth off the interval. */
export async function easeLimit(db: Database, sent: SentCall, floorMs: number): Promise<void> {
  await sql.easeModelLimit(db.pool, sent, floorMs);
}
