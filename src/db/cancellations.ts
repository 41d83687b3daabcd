/** A cancelled run, told to all workers at once. */
import { runId, type RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import * as sql from './sql/cancellations.js';

/** The channel that request_cancel() notifies, with the run's id as payload. */
export const CANCELS_CHANNEL = 'leadwright_cancels';

/** Tells all workers that the run is cancelled; nothing happens when it has ended. */
export async function requestCancellation(db: Database, run: RunId): Promise<void> {
  await sql.requestCancel(db.pool, run);
}

/** Those of these runs that are cancelled: what was notified while nobody listened is lost. */
export async function filterCancelled(db: Database, runs: readonly RunId[]): Promise<RunId[]> {
  const found = await db.prisma.run.findMany({
    where: { id: { in: [...runs] }, cancelRequested: true },
    select: { id: true },
  });
  return found.map(({ id }) => runId(id));
}
