import { readGraph, readRunTotals } from '../db/lead-graph.js';
import type { HistoryLimits, LeanPage, LoadGraphInput } from '../contract/payloads.js';
import { toLeanPage } from '../contract/lean-page.js';
import { isInFleet } from '../shared/config.js';
import type { ActivityContext } from './support/activity-context.js';

/**
 * When the lead continues as new. A task adds 5 to 15 events (5 when hundreds start and end together), and being adopted by
 * the next lead 3: with a thousand tasks at once, each lead still lands some three hundred. Histories of more than 10,000
 * events are slow to replay; the difference is for the landing that is under way, whose tests may take minutes. An event
 * takes 200 to 350 bytes; a huge plan alone may take megabytes.
 */
const FULL_HISTORY = {
  events: 6_000,
  bytes: 2_500_000,
  mostEvents: 8_000,
} as const satisfies HistoryLimits;

/** Reads one page of the plan for the lead. */
export async function loadGraph(context: ActivityContext, input: LoadGraphInput): Promise<LeanPage> {
  const [page, totals] = await Promise.all([
    readGraph(context.db, input.runId, input.after, input.only),
    readRunTotals(context.db, input.runId),
  ]);
  const settings = {
    ...page.settings,
    inFleet: isInFleet(context.env),
    totals: { ...totals, fullHistory: FULL_HISTORY },
  };
  return toLeanPage({ ...page, settings });
}
