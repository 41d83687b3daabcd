import { readGraph, readRunTotals } from '../db/lead-graph.js';
import type { HistoryLimits, LeanPage, LoadGraphInput } from '../contract/payloads.js';
import { toLeanPage } from '../contract/lean-page.js';
import type { ActivityContext } from './support/activity-context.js';

/** The most events that a history may have; longer ones are slow to replay. */
const MOST_EVENTS = 10_000;

/**
 * How many events a task adds to the lead's history, measured: 5 when hundreds of tasks start and end together, 15 when
 * it starts and ends alone (5 for the start, 10 for its end and its landing). A running task's start is already
 * counted, so the surplus covers tested merges and blockers.
 */
const EVENTS_PER_TASK = 15;

/**
 * When the lead finishes its running tasks and continues as new: well below the maximum, so that the last landings, a
 * person's actions and the check of the branch still fit. An event takes 200 to 350 bytes; a huge plan alone may take
 * megabytes. Many running tasks need more room than that leaves: with a concurrency of 1,000, a lead starts some 660
 * tasks at first, and more as those end.
 */
const FULL_HISTORY = {
  events: 6_000,
  bytes: 2_500_000,
  room: { mostEvents: MOST_EVENTS, eventsOfATask: EVENTS_PER_TASK },
} as const satisfies HistoryLimits;

/** Reads one page of the plan for the lead. */
export async function loadGraph(context: ActivityContext, input: LoadGraphInput): Promise<LeanPage> {
  const [page, totals] = await Promise.all([
    readGraph(context.db, input.runId, input.after, input.only),
    readRunTotals(context.db, input.runId),
  ]);
  const settings = { ...page.settings, totals: { ...totals, fullHistory: FULL_HISTORY } };
  return toLeanPage({ ...page, settings });
}
