import type { RunId, TaskId } from '../ids.js';
import type { RunStatus } from '../contract.js';
import { storable, type Database } from './database.js';

/** Which task of which run. */
export interface TaskKey {
  readonly runId: RunId;
  readonly taskId: TaskId;
}

/** The task has failed, and with it, as skipped, all that waits for it. Said once. */
export async function failTask(db: Database, { runId, taskId }: TaskKey, reason: string): Promise<void> {
  // A task that was not begun can fail too (its workflow was ended from outside): it is begun by that.
  await db.pool.query(
    `SELECT move_task($1, $2, 'in_progress') FROM tasks WHERE run_id = $1 AND id = $2 AND status = 'pending'`,
    [runId, taskId],
  );
  await db.pool.query(
    `SELECT end_task($1, $2, 'failed', $3) FROM tasks
     WHERE run_id = $1 AND id = $2 AND status = 'in_progress'`,
    [runId, taskId, storable(reason)],
  );
}

/** Why a run ended or stopped: a code for programs, a sentence for people. */
export interface RunEnd {
  readonly code: string;
  readonly reason: string;
}

/** The run's status, said once. */
export async function moveRun(db: Database, runId: RunId, status: RunStatus, end?: RunEnd): Promise<void> {
  await db.pool.query('SELECT move_run($1, $2, $3, $4)', [
    runId,
    status,
    end?.code ?? null,
    end === undefined ? null : storable(end.reason),
  ]);
}

/** All that has not ended is cancelled, and the run with it. */
export async function cancelRun(db: Database, runId: RunId): Promise<void> {
  await db.pool.query('SELECT cancel_run($1)', [runId]);
}

/** Runs a failed or skipped task again with what was skipped because of it: their ids, none when it had not failed. */
export async function retryTask(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  const found = await db.pool.query<{ id: string }>('SELECT retry_task($1, $2) AS id', [runId, taskId]);
  return found.rows.map((row) => row.id);
}
