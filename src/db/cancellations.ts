/** A cancelled run, told to all workers at once. */
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';

/** The channel that ask_cancel() notifies, with the run's id as payload. */
export const CANCELS_CHANNEL = 'leadwright_cancels';

/** Tells all workers that the run is cancelled; nothing happens when it has ended. */
export async function askCancel(db: Database, runId: RunId): Promise<void> {
  await db.pool.query('SELECT ask_cancel($1)', [runId]);
}

/** Those of these runs that are cancelled: what was notified while nobody listened is lost. */
export async function filterCancelled(db: Database, runs: readonly RunId[]): Promise<RunId[]> {
  const found = await db.pool.query<{ id: RunId }>(
    'SELECT id FROM runs WHERE id = ANY ($1) AND cancel_asked',
    [runs],
  );
  return found.rows.map((row) => row.id);
}
