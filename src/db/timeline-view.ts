/** The timeline of a run: who worked when, and where time was spent waiting. */
import type { Span } from '../contract/api.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import { selectTimeline } from './sql/timeline.js';

/** Reads the spans of a run, in the order of their starts; none when there is no such run. */
export async function readTimeline(db: Database, runId: RunId): Promise<Span[]> {
  const rows = await selectTimeline(db.pool, runId);
  return rows.map((row) => ({
    ...row,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
