/** What is remembered of a service's deaths between its starts. */
export interface RestartHistory {
  /** Deaths in a row that came before it was of any use. */
  readonly failures: number;
  /** Deaths since it was last well: the pause before the next start grows with them. */
  readonly deaths: number;
}

export const NO_DEATHS: RestartHistory = { failures: 0, deaths: 0 };

/** First pause: long enough for a killed server's port and shared memory to be let go. */
const FIRST_PAUSE_MS = 200;
/** Longest pause: a person who waits should not see more than a hiccup. */
const LONGEST_PAUSE_MS = 5_000;
/** After this long without a death the last one says nothing about the next. */
const WELL_AFTER_MS = 60_000;
/**
 * One that lives this long after it was ready did start: its death is not a failure to start, so that a service
 * killed from outside again and again is started again and again.
 */
const STARTED_AFTER_MS = 2_000;
/** Six starts with 6 s of pauses between them: what does not come up by then needs a person. */
const MAX_FAILURES = 6;

export type RestartDecision =
  | { readonly type: 'restart'; readonly afterMs: number; readonly history: RestartHistory }
  | { readonly type: 'give-up' };

/** What to do about a service that died `readyForMs` after it was ready, or before it was (null). */
export function decideRestart(history: RestartHistory, readyForMs: number | null): RestartDecision {
  const lived = readyForMs ?? 0;
  const failures = lived >= STARTED_AFTER_MS ? 0 : history.failures + 1;
  if (failures >= MAX_FAILURES) return { type: 'give-up' };
  const before = lived >= WELL_AFTER_MS ? 0 : history.deaths;
  const afterMs = Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS);
  return { type: 'restart', afterMs, history: { failures, deaths: before + 1 } };
}
