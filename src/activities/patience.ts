import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A database that restarts is back in seconds; asking four times a second finds it soon and costs nothing. */
const PAUSE_MS = 250;

/**
 * Does a statement until it succeeds, for what must not be lost while the database is away. What the database
 * itself refuses would be refused again, and is thrown.
 * @throws the signal's reason when it is aborted meanwhile
 */
export async function patiently<T>(statement: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (!isAway(error)) throw error;
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}

/**
 * Classes of PostgreSQL's errors that pass: connection (08), a transaction that had to give way (40), resources
 * (53), an operator's doing (57).
 */
const PASSING = /^(?:08|40|53|57)/;

function isAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return PASSING.test(error.code ?? '');
  // Everything else that a pool throws is about the connection: refused, reset, timed out.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
