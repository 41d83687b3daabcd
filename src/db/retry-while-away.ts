import pg from 'pg';
import { retryWhile } from '../shared/async/retry-while.js';
import { isTransient } from './transient-errors.js';

/**
 * Retries a statement until it succeeds, for writes that must not be lost while the database is unavailable. An error
 * that the database itself reports would recur, so it is thrown.
 * @throws the signal's reason once it is aborted
 */
export function retryWhileAway<T>(statement: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retryWhile(mayRecover, statement, { signal });
}

/** Whether a retry may succeed. In doubt it returns true: a write that is not retried is lost. */
function mayRecover(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isTransient(error);
  // The other errors of a pool concern the connection: refused, reset, timed out.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
