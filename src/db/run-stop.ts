import type { RunId } from '../contract/ids.js';
import type { RunStop } from '../contract/run-view.js';
import type { SqlDatabase } from './database.js';
import { selectRunStop } from './sql/run-view.js';

/** The code of a run whose lead workflow failed because of a bug in Leadwright. */
export const INTERNAL = 'internal';

/** The code of a run whose first call was refused, and the reason of its open blocker. */
export const MODEL_ACCESS = 'model_access';

/**
 * Reads why a run was prevented from starting, or failed by a bug; null when it started (a model has answered) and did not, or
 * nothing prevented it.
 */
export async function readRunStop(db: SqlDatabase, id: RunId): Promise<RunStop | null> {
  const [run] = await selectRunStop(db.pool, id, MODEL_ACCESS, INTERNAL);
  if (run === undefined) return null;
  if (run.status === 'failed' && run.stopCode !== null)
    return { code: run.stopCode, reason: run.stopReason ?? '' };
  return run.question === null ? null : { code: MODEL_ACCESS, reason: run.question };
}
