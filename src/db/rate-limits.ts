/**
 * The limit that all workers share on the calls of one model: while it refuses some, calls start one by one, an
 * interval apart. All times are the database's: no worker's clock counts. It is kept here and not as the task
 * queue's rate in Temporal: that one counts activities, whatever model they call, knows no `retry-after`, and
 * there are servers without it.
 */
import type { LimitKey } from '../contract/ids.js';
import type { Database } from './database.js';

/** A place in the row of calls. */
export interface Slot {
  /** When it was given out. */
  readonly givenAt: Date;
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
  const found = await db.pool.query<Slot>(
    'SELECT given AS "givenAt", slot AS at, wait_ms AS "waitMs", limited, taken FROM take_model_slot($1, $2)',
    [key, Math.floor(longestMs)],
  );
  const [slot] = found.rows;
  if (slot === undefined) throw new Error('The database gave no slot for a model call.');
  return slot;
}

/** Whether the limit was cut since a slot was given out: the slot is worth nothing then. */
export async function wasCutSince(db: Database, key: LimitKey, since: Date): Promise<boolean> {
  const found = await db.pool.query<{ cut: boolean }>(
    'SELECT cut_at > $2 AS cut FROM model_limits WHERE key = $1',
    [key, since],
  );
  return found.rows[0]?.cut === true;
}

/** A call that was answered or refused, and when it was sent: by its slot, in the database's time. */
export interface SentCall {
  readonly key: LimitKey;
  readonly sentAt: Date;
}

/** What a limit's interval may be, in milliseconds; below the floor it is none. */
export interface LimitRange {
  readonly floorMs: number;
  readonly ceilingMs: number;
}

/** A refusal doubles the interval, and lets no call start before the provider wants one. */
export async function cutLimit(
  db: Database,
  { key, sentAt }: SentCall,
  retryAfterMs: number,
  { floorMs, ceilingMs }: LimitRange,
): Promise<void> {
  await db.pool.query('SELECT cut_model_limit($1, $2, $3, $4, $5)', [
    key,
    sentAt,
    Math.ceil(retryAfterMs),
    floorMs,
    ceilingMs,
  ]);
}

/** An answer takes a fifth off the interval. */
export async function easeLimit(db: Database, { key, sentAt }: SentCall, floorMs: number): Promise<void> {
  await db.pool.query('SELECT ease_model_limit($1, $2, $3)', [key, sentAt, floorMs]);
}
