import pg from 'pg';
import type { RunId } from '../contract/ids.js';
import type { RunStatus } from '../contract/contract.js';
import {
  CHECK_RUN_FENCE,
  CHECK_FENCE,
  queryRunFenced,
  queryFenced,
  type RunFence,
  type Fence,
  type TaskKey,
} from './fencing.js';
import { storable, type Database } from './database.js';
import { findRun } from './run-view.js';
import { hasEnded } from '../contract/run-status.js';

/** The task has failed, and with it, as skipped, all that waits for it. Said once. */
export async function failTask(db: Database, step: Fence, reason: string): Promise<void> {
  await queryFenced(db, step, `SELECT lock_with_waiting($1, $2), ${CHECK_FENCE}, fail_task($1, $2, $6)`, [
    storable(reason),
  ]);
}

/** Why a run ended or stopped: a code for programs, a sentence for people. */
export interface RunEnd {
  readonly code: string;
  readonly reason: string;
}

/** The run's status, said once. */
export async function moveRun(db: Database, step: RunFence, status: RunStatus, end?: RunEnd): Promise<void> {
  await queryRunFenced(db, step, `SELECT ${CHECK_RUN_FENCE}, move_run($1, $5, $6, $7)`, [
    status,
    end?.code ?? null,
    end === undefined ? null : storable(end.reason),
  ]);
}

/** The database refuses to change what has ended (check_run_status). */
const REFUSED = '23514';

/** The same, unless the run has ended: then it stays as it is. What the record says now. */
export async function reportRun(
  db: Database,
  step: RunFence,
  status: RunStatus,
  end?: RunEnd,
): Promise<RunStatus> {
  try {
    await moveRun(db, step, status, end);
    return status;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== REFUSED) throw error;
    const run = await findRun(db, step.runId);
    if (run === null || !hasEnded(run.status)) throw error;
    return run.status;
  }
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

/** How many tasks of a run may go on at once from now on. */
export async function recordConcurrency(db: Database, runId: RunId, limit: number): Promise<void> {
  await db.pool.query('UPDATE runs SET concurrency = $2 WHERE id = $1', [runId, limit]);
}
