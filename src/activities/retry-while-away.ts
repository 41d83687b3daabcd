import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isTransient } from '../db/transient-errors.js';

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
      if (!mayPass(error)) throw error;
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}

/** Whether it may be done later: in doubt it may, for what is given up is lost. */
function mayPass(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isTransient(error);
  // Everything else that a pool throws is about the connection: refused, reset, timed out.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
