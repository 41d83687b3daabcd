import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';

/** Why the environment kept a run from beginning: a red base, a missing command, no access to the model. */
export interface RunStop {
  readonly code: string;
  readonly reason: string;
}

/** Of a run whose lead failed itself: a bug of ours. */
export const INTERNAL = 'internal';

/** Null when the run began: a model has answered, or nothing stopped it. */
export async function readRunStop(db: Database, id: RunId): Promise<RunStop | null> {
  const found = await db.pool.query<RunStop>(
    `SELECT code, reason FROM (
       SELECT stop_code AS code, stop_reason AS reason FROM runs WHERE id = $1 AND status = 'failed'
       UNION ALL
       SELECT reason, question FROM blockers WHERE run_id = $1 AND task_id IS NULL AND resolved_at IS NULL
         AND reason = 'model_access'
     ) AS stops
     WHERE code IS NOT NULL AND NOT EXISTS (SELECT FROM model_turns WHERE run_id = $1)`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** Forgets a run that its environment kept from beginning, so that its id starts anew; false when it began. */
export async function deleteStoppedRun(db: Database, id: RunId): Promise<boolean> {
  const found = await db.pool.query(
    `DELETE FROM runs WHERE id = $1 AND status = 'failed' AND stop_code IS NOT NULL
       AND NOT EXISTS (SELECT FROM model_turns WHERE run_id = $1)`,
    [id],
  );
  return found.rowCount === 1;
}
