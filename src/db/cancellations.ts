/** Requests to cancel a run, which reach all workers at once. */
import { runId, type RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import * as sql from './sql/cancellations.js';

/** The channel that request_cancel() notifies, with the run's id as payload. */
export const CANCELS_CHANNEL = 'leadwright_cancels';

/** Asks all workers to cancel the run. Does nothing when it has ended. */
export async function requestCancellation(db: Database, run: RunId): Promise<void> {
  await sql.requestCancel(db.pool, run);
}

/** The cancelled ones of these runs, for a listener that may have missed notifications. */
export async function filterCancelled(db: Database, runs: readonly RunId[]): Promise<RunId[]> {
  const found = await db.prisma.run.findMany({
    where: { id: { in: [...runs] }, cancelRequested: true },
    select: { id: true },
  });
  return found.map(({ id }) => runId(id));
}
