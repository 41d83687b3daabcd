import pg from 'pg';
import type { RunId } from '../contract/ids.js';
import { type RunStatus, hasEnded } from '../contract/run-status.js';
import type { Database } from './database.js';
import type { Fence, RunFence, TaskKey } from './fencing.js';
import { findRun } from './run-view.js';
import { onlyRow } from './sql/statement.js';
import * as sql from './sql/task-status.js';
import type { RunEnd } from './sql/task-status.js';

export type { RunEnd } from './sql/task-status.js';

/**
 * Fails a task and skips its dependants. A repeat does nothing.
 * @param activity when the first attempt of the activity was scheduled: its repeat does nothing either after a person has
 *   retried the task
 * @throws StaleFence
 */
export async function failTask(
  db: Database,
  fence: Fence,
  reason: string,
  activity: number | null = null,
): Promise<void> {
  await sql.failTask(db.pool, fence, reason, activity);
}

/** Records the status of the run. A repeat does nothing. @throws StaleFence */
export async function moveRun(db: Database, fence: RunFence, status: RunStatus, end?: RunEnd): Promise<void> {
  await sql.moveRun(db.pool, fence, status, end);
}

/** PostgreSQL's check_violation, which check_run_status() raises for an illegal transition. */
const CHECK_VIOLATION = '23514';
/** The name that `check_reported` gives to a failure that open tasks contradict. */
const OPEN_TASKS = 'open_tasks';

/**
 * Records the status of the run, unless the run has ended, or is said to have failed while tasks are open: a person has retried
 * them since. Returns the status that is recorded now.
 * @throws StaleFence
 */
export async function reportRun(
  db: Database,
  fence: RunFence,
  status: RunStatus,
  end?: RunEnd,
): Promise<RunStatus> {
  try {
    await moveRun(db, fence, status, end);
    return status;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== CHECK_VIOLATION) throw error;
    const run = await findRun(db, fence.runId);
    if (run === null || !(hasEnded(run.status) || error.constraint === OPEN_TASKS)) throw error;
    return run.status;
  }
}

/** Sets a run that has ended although tasks are open to running again. */
export async function reopenRun(db: Database, runId: RunId): Promise<void> {
  await sql.reopenRun(db.pool, runId);
}

/** Cancels the run and all of its tasks that have not ended. */
export async function cancelRun(db: Database, runId: RunId): Promise<void> {
  await sql.cancelRun(db.pool, runId);
}

/** Continues a cancelled run with its open tasks. Returns false when the run is not cancelled. */
export async function resumeCancelledRun(db: Database, runId: RunId): Promise<boolean> {
  return onlyRow(await sql.resumeCancelledRun(db.pool, runId)).resumed;
}

/**
 * Retries a failed or skipped task and those skipped because of it. Returns their ids; none when it cannot be
 * retried.
 */
export async function retryTask(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  return (await sql.retryTask(db.pool, runId, taskId)).map(({ id }) => id);
}

/** Records how many tasks of a run may run at once from now on. */
export async function recordConcurrency(db: Database, runId: RunId, limit: number): Promise<void> {
  await db.prisma.run.updateMany({ where: { id: runId }, data: { concurrency: limit } });
}
