/** A service's recent unexpected ends ("deaths"). */
export interface RestartHistory {
  /** Starts in a row that failed: the process ended before or soon after it was ready. */
  readonly failures: number;
  /** Deaths since the service last ran well. The pause before the next start grows with them. */
  readonly deaths: number;
}

export const NO_DEATHS: RestartHistory = { failures: 0, deaths: 0 };

/** First pause: long enough for the system to free a killed server's port and shared memory. */
const FIRST_PAUSE_MS = 200;
/** Longest pause: short for a person who waits. */
const LONGEST_PAUSE_MS = 5_000;
/** A service that ran this long has run well: earlier deaths say nothing about the next one. */
const WELL_AFTER_MS = 60_000;
/**
 * A service that runs this long after it was ready did start, so its death is not a failed start. A service that is
 * killed from outside again and again is therefore started again and again.
 */
const STARTED_AFTER_MS = 2_000;
/** Six starts, with 6 s of pauses between them. A service that is not up by then needs a person. */
const MAX_FAILURES = 6;

export type RestartDecision =
  | { readonly type: 'restart'; readonly afterMs: number; readonly history: RestartHistory }
  | { readonly type: 'give-up' };

/** Decides about a service that died `readyForMs` milliseconds after it was ready, or before that (null). */
export function decideRestart(history: RestartHistory, readyForMs: number | null): RestartDecision {
  const lived = readyForMs ?? 0;
  const failures = lived >= STARTED_AFTER_MS ? 0 : history.failures + 1;
  if (failures >= MAX_FAILURES) return { type: 'give-up' };
  const before = lived >= WELL_AFTER_MS ? 0 : history.deaths;
  const afterMs = Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS);
  return { type: 'restart', afterMs, history: { failures, deaths: before + 1 } };
}
