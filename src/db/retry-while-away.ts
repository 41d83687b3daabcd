import pg from 'pg';
import { retryWhile } from '../shared/retry.js';
import { isTransient } from './transient-errors.js';

/**
 * Repeats a statement until it succeeds, for writes that must not be lost while the database is away. An error that
 * the database itself reports would come again, so it is thrown.
 * @throws the signal's reason once it is aborted
 */
export function retryWhileAway<T>(statement: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retryWhile(mayPass, statement, { signal });
}

/** Whether a retry may succeed. In doubt it may: a write that is given up is lost. */
function mayPass(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return isTransient(error);
  // Everything else that a pool throws is about the connection: refused, reset, timed out.
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
