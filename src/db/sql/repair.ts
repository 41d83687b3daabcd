/** Statements with which `leadwright doctor` checks the record and repairs it. */
import { z } from 'zod';
import { runStatusSchema } from '../../contract/status-schemas.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { GIVEN_UP } from './calls.js';
import { runIdColumn, taskIdColumn } from './columns.js';
import { QUESTION_IS_LOST } from './question-conditions.js';
import { defineStatement } from './statement.js';

/**
 * A worker renews its lease of 8 s every 2 s. One that has not renewed it for this long has ended, and is not only
 * slow.
 */
const GONE = `interval '30 seconds'`;

export const lockTasks = defineStatement({
  name: 'lock-tasks',
  reason: 'atomic',
  why: 'Locks all tasks of a run, in the order in which every writer does.',
  text: 'SELECT FROM tasks WHERE run_id = $1 ORDER BY id FOR NO KEY UPDATE',
  values: (run: RunId) => [run],
});

export const lockRun = defineStatement({
  name: 'lock-run',
  reason: 'atomic',
  why: 'Locks the run, after its tasks.',
  text: 'SELECT FROM runs WHERE id = $1 FOR NO KEY UPDATE',
  values: (run: RunId) => [run],
});

export const advanceCounter = defineStatement({
  name: 'advance-counter',
  reason: 'atomic',
  why: 'Under lockRun. The counter never goes back: a client that saw a higher seq would miss the events below it.',
  text: `UPDATE runs SET last_seq = GREATEST(last_seq, (SELECT COALESCE(max(seq), 0) FROM events WHERE run_id = $1))
    WHERE id = $1`,
  values: (run: RunId) => [run],
});

/**
 * Unfinished calls whose worker has ended, of tasks that are not in progress. For a task in progress, the next claim
 * of the turn settles them.
 */
const DEAD_CALLS = `model_calls.state IN ('waiting', 'open') AND NOT EXISTS (
  SELECT FROM workers WHERE workers.id = worker_id AND NOT dead AND lease_until > now() - ${GONE})
  AND claimed_at < now() - ${GONE} AND NOT EXISTS (
    SELECT FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE tasks.run_id = model_calls.run_id
      AND tasks.id = task_id AND tasks.status = 'in_progress' AND runs.status IN ('running', 'paused', 'blocked'))`;

export const selectDeadCalls = defineStatement({
  name: 'select-dead-calls',
  reason: 'inexpressible',
  why: 'By the clock of the database, and the same condition as the repair (markDeadCallsLost).',
  text: `SELECT run_id AS run, count(*)::int AS count FROM model_calls WHERE ${DEAD_CALLS} GROUP BY run_id ORDER BY run_id`,
  row: { run: runIdColumn, count: z.int() },
});

export const markCallersDead = defineStatement({
  name: 'mark-callers-dead',
  reason: 'atomic',
  why: 'Under lockRun, by the clock of the database: the fence refuses a worker that wakes up later.',
  text: `UPDATE workers SET dead = true WHERE NOT dead AND lease_until <= now() - ${GONE}
    AND id IN (SELECT worker_id FROM model_calls WHERE run_id = $1)`,
  values: (run: RunId) => [run],
});

export const markDeadCallsLost = defineStatement({
  name: 'mark-dead-calls-lost',
  reason: 'atomic',
  why: 'Under lockRun, by the clock of the database.',
  text: `UPDATE model_calls SET ${GIVEN_UP}, reason = 'its worker died'
    WHERE run_id = $1 AND ${DEAD_CALLS}`,
  values: (run: RunId) => [run],
});

/** The sum of the costs of a run's calls. */
const SPENT = `COALESCE((SELECT sum(cost_usd) FROM model_calls WHERE run_id = runs.id), 0)`;
/** The sum of the reservations for calls whose cost is unknown. */
const RESERVED = `COALESCE((SELECT sum(worst_usd) FROM model_calls
  WHERE run_id = runs.id AND state IN ('open', 'lost')), 0)`;

export const selectWrongSums = defineStatement({
  name: 'select-wrong-sums',
  reason: 'inexpressible',
  why: 'Compares exact sums over all calls, by the same expressions as the repair (recomputeSums).',
  text: `SELECT id, concat(round(spent_usd, 4), ' USD spent and ', round(reserved_usd, 4), ' USD reserved') AS recorded,
      concat(round(${SPENT}, 4), ' and ', round(${RESERVED}, 4)) AS summed
    FROM runs WHERE spent_usd <> ${SPENT} OR reserved_usd <> ${RESERVED} ORDER BY id`,
  row: { id: runIdColumn, recorded: z.string(), summed: z.string() },
});

export const recomputeSums = defineStatement({
  name: 'recompute-sums',
  reason: 'atomic',
  why: 'Under lockRun: nobody else writes while the sums are computed.',
  text: `UPDATE runs SET spent_usd = ${SPENT}, reserved_usd = ${RESERVED} WHERE id = $1`,
  values: (run: RunId) => [run],
});

export const selectLostQuestions = defineStatement({
  name: 'select-lost-questions',
  reason: 'inexpressible',
  why: 'Compares each blocked task with its newest event and its answers, by the same condition as the lead.',
  text: `SELECT run_id AS "runId", tasks.id AS "taskId", error FROM tasks JOIN runs ON runs.id = run_id
    WHERE runs.status <> 'cancelled' AND ${QUESTION_IS_LOST} ORDER BY run_id, number`,
  row: { runId: runIdColumn, taskId: taskIdColumn, error: z.string().nullable() },
});

/** Runs that can continue without a person, whose lead should be doing something. */
export const selectActiveRuns = defineStatement({
  name: 'select-active-runs',
  reason: 'inexpressible',
  why: 'Excludes runs with a lost question by the same condition as selectLostQuestions.',
  text: `SELECT id, status, last_seq AS "lastSeq" FROM runs
    WHERE status IN ('running', 'blocked')
      AND (status = 'running' OR NOT EXISTS (SELECT FROM blockers WHERE run_id = runs.id AND resolved_at IS NULL))
      AND NOT EXISTS (SELECT FROM tasks WHERE tasks.run_id = runs.id AND ${QUESTION_IS_LOST})
    ORDER BY created_at`,
  row: { id: runIdColumn, status: runStatusSchema, lastSeq: z.int() },
});

export interface ForgottenWork {
  readonly runId: RunId;
  readonly taskId: TaskId;
  /** The attempts whose commits are gone. */
  readonly attempts: readonly number[];
  /** Whether the newest answer is applied again. Otherwise its agent gets `reply`. */
  readonly again: boolean;
  readonly reply: string;
}

export const forgetWork = defineStatement({
  name: 'forget-work',
  reason: 'atomic',
  why: 'Deletes attempts and drafts and stores the reply together: an answer without them is applied again unless it has a reply.',
  text: `WITH task AS MATERIALIZED (
      SELECT run_id, id FROM tasks WHERE run_id = $1 AND id = $2 FOR NO KEY UPDATE
    ), gone AS (
      DELETE FROM attempts USING task WHERE attempts.run_id = task.run_id AND task_id = task.id
        AND number = ANY ($3) RETURNING number
    ), requeued AS (
      UPDATE attempts SET next_start = NULL, next_draft = NULL FROM task WHERE attempts.run_id = task.run_id
        AND task_id = task.id AND number <> ALL ($3)
    ), drafts AS (
      DELETE FROM call_results USING task WHERE call_results.run_id = task.run_id AND task_id = task.id
    )
    UPDATE model_turns SET reply = COALESCE(reply || E'\\n\\n', '') || $4 FROM task
    WHERE NOT $5 AND model_turns.run_id = task.run_id AND task_id = task.id AND number = (
      SELECT max(number) FROM model_turns WHERE run_id = $1 AND task_id = $2)`,
  values: ({ runId, taskId, attempts, again, reply }: ForgottenWork) => [
    runId,
    taskId,
    attempts,
    reply,
    again,
  ],
});
