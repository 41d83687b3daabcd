/**
 * A step: one attempt of one activity of one task. What it writes is refused when a later step of its task has
 * begun, or when its worker was taken for dead: a late attempt changes nothing.
 */
import pg from 'pg';
import { messageOf } from '../contract/errors.js';
import type { RunId, TaskId, WorkerId } from '../contract/ids.js';
import type { Database } from './database.js';
import { RecordMissing } from './task-record.js';

/** Which task of which run. */
export interface TaskKey {
  readonly runId: RunId;
  readonly taskId: TaskId;
}

export interface Fence extends TaskKey {
  /** When Temporal scheduled this attempt, by its clock, in milliseconds: later attempts have later ones. */
  readonly at: number;
  readonly attempt: number;
  /** The worker that does it. */
  readonly worker: WorkerId;
}

/** Harmless: somebody else does this step now, and nobody looks at what the late one says. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
}

/** The step is now the newest of its task. @throws StaleFence when a later one has begun before */
export async function registerFence(db: Database, step: Fence): Promise<void> {
  await translateRefusals(() => db.pool.query('SELECT begin_step($1, $2, $3, $4, $5)', parameters(step)));
}

/**
 * Runs a statement of a step. Its first five parameters are the step's, for CHECK_FENCE; `values` are those from
 * `$6` on. A statement of functions calls it first: `SELECT ${CHECK_FENCE}, move_task($1, $2, …)`. One that
 * changes rows itself has to read from it, because a CTE which nothing reads is not done:
 * `WITH step AS MATERIALIZED (SELECT ${CHECK_FENCE}), … INSERT … SELECT … FROM step`.
 * @throws StaleFence, and nothing is written
 */
export async function queryFenced<T extends pg.QueryResultRow>(
  db: Database,
  step: Fence,
  statement: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<T>> {
  return translateRefusals(() => db.pool.query<T>(statement, [...parameters(step), ...values]));
}

/** Locks the task, whose run is `$1` and whose id is `$2`; refuses a step that is not its newest. */
export const CHECK_FENCE = 'check_step($1, $2, $3, $4, $5)';

function parameters({ runId, taskId, at, attempt, worker }: Fence): unknown[] {
  return [runId, taskId, at, attempt, worker];
}

/** One attempt of an activity of a whole run: a check of its base or its branch, or a report of its status. */
export type RunFence = Omit<Fence, 'taskId'>;

/** The step is now the newest of its run. @throws StaleFence when a later one has begun before */
export async function registerRunFence(db: Database, step: RunFence): Promise<void> {
  await translateRefusals(() => db.pool.query('SELECT begin_run_step($1, $2, $3, $4)', runParameters(step)));
}

/** As queryFenced, for a run's step: its first four parameters are the step's, for CHECK_RUN_FENCE. */
export async function queryRunFenced(
  db: Database,
  step: RunFence,
  statement: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await translateRefusals(() => db.pool.query(statement, [...runParameters(step), ...values]));
}

/** Locks the run, which is `$1`; refuses a step that is not its newest. */
export const CHECK_RUN_FENCE = 'check_run_step($1, $2, $3, $4)';

function runParameters({ runId, at, attempt, worker }: RunFence): unknown[] {
  return [runId, at, attempt, worker];
}

/** The refusals of begin_step() and check_step(), as errors of their own. */
export async function translateRefusals<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code === 'LW001' || code === 'LW002') {
      throw new StaleFence(`Another worker goes on here: ${messageOf(error)}.`);
    }
    if (code === 'LW003') throw new RecordMissing(`The record is gone: ${messageOf(error)}.`);
    throw error;
  }
}
