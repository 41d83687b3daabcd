import { readGraph, readRunTotals } from '../db/lead-graph.js';
import type { HistoryLimits, LeanPage, LoadGraphInput } from '../contract/payloads.js';
import { leanPage } from '../contract/lean-page.js';
import type { ActivityContext } from './activity-context.js';

/** No history may pass this, after which it is slow to replay. */
const MOST_EVENTS = 10_000;

/**
 * What a task adds to its lead's history, measured: 5 events when hundreds start and end together, 15 when it
 * starts and ends alone (5 for the start, 10 for its end and its landing). One that is at work has its start behind
 * it: what is left over pays for merges that must be tested, and for blockers.
 */
const EVENTS_OF_A_TASK = 15;

/**
 * When the lead lets end what runs and goes on as new: well before the most that a history may have, so that the
 * last landings, a person's acts and the check of the branch fit as well. Bytes go with events, 200 to 350 of them to one; a
 * huge plan alone may take megabytes. Many tasks at work need more room than is left then: a lead whose limit is
 * 1,000 has some 660 at once at its start, and starts more as they end.
 */
const FULL_HISTORY = {
  events: 6_000,
  bytes: 2_500_000,
  room: { mostEvents: MOST_EVENTS, eventsOfATask: EVENTS_OF_A_TASK },
} as const satisfies HistoryLimits;

/** A page of the plan as the lead reads it. */
export async function loadGraph(context: ActivityContext, input: LoadGraphInput): Promise<LeanPage> {
  const [page, whole] = await Promise.all([
    readGraph(context.db, input.runId, input.after, input.only),
    readRunTotals(context.db, input.runId),
  ]);
  const settings = { ...page.settings, whole: { ...whole, fullHistory: FULL_HISTORY } };
  return leanPage({ ...page, settings });
}
