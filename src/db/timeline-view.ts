/** Who worked when in a run, and where the waiting was: made from the record, for people to look at. */
import type { Span } from '../contract/api.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import { selectTimeline } from './sql/timeline.js';

/** The spans of a run in order of their starts; none when there is no such run. */
export async function readTimeline(db: Database, runId: RunId): Promise<Span[]> {
  const rows = await selectTimeline(db.pool, runId);
  return rows.map((row) => ({
    ...row,
    startedAt: row.startedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
