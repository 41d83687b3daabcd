import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isTransient } from './transient-errors.js';

/** A database that restarts is back within seconds. Four attempts a second find it quickly and cost little. */
const PAUSE_MS = 250;

/**
 * Retries a statement until it succeeds, for writes that must not be lost while the database is unavailable. An error
 * that the database itself reports would recur, so it is thrown.
 * @throws the signal's reason once it is aborted
 */
export async function retryWhileAway<T>(statement: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (!mayRecover(error)) throw error;
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}

/** Whether a retry may succeed. In doubt it returns true: a write that is not retried is lost. */
function mayRecover(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isTransient(error);
  // The other errors of a pool concern the connection: refused, reset, timed out.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
