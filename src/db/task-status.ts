import pg from 'pg';
import type { RunId } from '../contract/ids.js';
import type { RunStatus } from '../contract/contract.js';
import { hasEnded } from '../contract/run-status.js';
import type { Database } from './database.js';
import type { Fence, RunFence, TaskKey } from './fencing.js';
import { findRun } from './run-view.js';
import * as sql from './sql/task-status.js';
import type { RunEnd } from './sql/task-status.js';

export type { RunEnd } from './sql/task-status.js';

/** Fails the task and skips all that waits for it, once. @throws StaleFence */
export async function failTask(db: Database, fence: Fence, reason: string): Promise<void> {
  await sql.failTask(db.pool, fence, reason);
}

/** Records the status of the run, once. @throws StaleFence */
export async function moveRun(db: Database, fence: RunFence, status: RunStatus, end?: RunEnd): Promise<void> {
  await sql.moveRun(db.pool, fence, status, end);
}

/** The database refuses to change what has ended (check_run_status). */
const REFUSED = '23514';

/**
 * Records the status of the run, unless the run has ended: then it stays as it is. Returns what the record says now.
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
    if (!(error instanceof pg.DatabaseError) || error.code !== REFUSED) throw error;
    const run = await findRun(db, fence.runId);
    if (run === null || !hasEnded(run.status)) throw error;
    return run.status;
  }
}

/** Lets a run go on that has ended, but should not have (`leadwright doctor --repair`). */
export async function reopenRun(db: Database, runId: RunId): Promise<void> {
  await sql.reopenRun(db.pool, runId);
}

/** Cancels all that has not ended, and the run with it. */
export async function cancelRun(db: Database, runId: RunId): Promise<void> {
  await sql.cancelRun(db.pool, runId);
}

/** Runs a failed or skipped task again with what was skipped because of it: their ids, none when it had not failed. */
export async function retryTask(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  return (await sql.retryTask(db.pool, runId, taskId)).map(({ id }) => id);
}

/** Records how many tasks of a run may go on at once from now on. */
export async function recordConcurrency(db: Database, runId: RunId, limit: number): Promise<void> {
  await db.prisma.run.updateMany({ where: { id: runId }, data: { concurrency: limit } });
}
