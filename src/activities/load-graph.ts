import { readGraph, readWhole } from '../db/graph.js';
import type { LeanPage, LoadGraphInput } from '../workflows/interface.js';
import { leanPage } from '../workflows/lean-page.js';
import type { Workplace } from './workplace.js';

/**
 * When the lead lets end what runs and goes on as new: no history may pass 10,000 events or 4 MB, after which it
 * is slow to replay. What a few hundred tasks under way still add to a full one is less than half of that again:
 * three to fifteen events and some 2 KB each.
 */
const FULL_HISTORY = { events: 6_000, bytes: 2_500_000 } as const;

/** A page of the plan as the lead reads it. */
export async function loadGraph(place: Workplace, input: LoadGraphInput): Promise<LeanPage> {
  const [page, whole] = await Promise.all([
    readGraph(place.db, input.runId, input.after, input.only),
    readWhole(place.db, input.runId),
  ]);
  const settings = { ...page.settings, whole: { ...whole, fullHistory: FULL_HISTORY } };
  return leanPage({ ...page, settings });
}
