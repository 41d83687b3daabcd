import { z } from 'zod';
import type { RunId, TaskId, WorkerId } from '../../contract/ids.js';
import { defineStatement } from './statement.js';

/** The key of a task: its run and its id. */
export interface TaskKey {
  readonly runId: RunId;
  readonly taskId: TaskId;
}

/** The fencing token of one attempt of an activity of a task. */
export interface Fence extends TaskKey {
  /** When Temporal scheduled this attempt, in milliseconds of its clock. Newer attempts have later times. */
  readonly at: number;
  readonly attempt: number;
  /** The worker that makes the attempt. */
  readonly worker: WorkerId;
}

/** The fencing token of an activity of a whole run: a check of its base or branch, or a report of its status. */
export type RunFence = Omit<Fence, 'taskId'>;

/**
 * Locks the task with run `$1` and id `$2`, and refuses a fence that is not its newest. A statement that calls
 * functions calls it first: `SELECT ${CHECK_FENCE}, move_task($1, $2, …)`. A statement that changes rows itself has
 * to read from it, because PostgreSQL does not execute a CTE that nothing reads: `WITH fence AS MATERIALIZED (SELECT
 * ${CHECK_FENCE}), … INSERT … SELECT … FROM fence`.
 */
export const CHECK_FENCE = 'check_fence($1, $2, $3, $4, $5)';

/** Locks the run `$1`, and refuses a fence that is not its newest. */
export const CHECK_RUN_FENCE = 'check_run_fence($1, $2, $3, $4)';

/** Registers a fence as the newest of its task, instead of CHECK_FENCE in the first statement of an attempt. */
export const REGISTER_FENCE = 'register_fence($1, $2, $3, $4, $5)';

/** The column that `SELECT check_fence(…)` returns: the driver reads `void` as an empty string. */
export const fenceColumn = { check_fence: z.literal('') };

/** The values of $1 to $5, for CHECK_FENCE. */
export function fenceValues({ runId, taskId, at, attempt, worker }: Fence): readonly unknown[] {
  return [runId, taskId, at, attempt, worker];
}

/** The values of $1 to $4, for CHECK_RUN_FENCE. */
export function runFenceValues({ runId, at, attempt, worker }: RunFence): readonly unknown[] {
  return [runId, at, attempt, worker];
}

export const registerFence = defineStatement({
  name: 'register-fence',
  reason: 'atomic',
  why: 'Compares the attempt with the newest of its task under the lock of the task, once per activity.',
  text: `SELECT ${REGISTER_FENCE}`,
  values: fenceValues,
});

export const registerRunFence = defineStatement({
  name: 'register-run-fence',
  reason: 'atomic',
  why: 'Compares the attempt with the newest of its run under the lock of the run.',
  text: 'SELECT register_run_fence($1, $2, $3, $4)',
  values: runFenceValues,
});
