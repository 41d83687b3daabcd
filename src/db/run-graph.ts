/** A run as the graph of its tasks, for people to look at. */
import type { GraphTask, RunGraph } from '../api-types.js';
import type { RunId, TaskId } from '../ids.js';
import type { Database } from './database.js';

interface RunRow extends Omit<RunGraph, 'startedAt' | 'finishedAt' | 'tasks'> {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

interface TaskRow extends Omit<GraphTask, 'startedAt' | 'completedAt'> {
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

/** Null when there is no such run. */
export async function readRunGraph(db: Database, runId: RunId): Promise<RunGraph | null> {
  const [run, tasks] = await Promise.all([
    db.pool.query<RunRow>(
      `SELECT name, runs.created_at AS "startedAt", finished_at AS "finishedAt", concurrency,
         budget_usd::float8 AS "budgetUsd", spent_usd::float8 AS "spentUsd", reserved_usd::float8 AS "reservedUsd"
       FROM runs JOIN projects ON projects.id = project_id WHERE runs.id = $1`,
      [runId],
    ),
    readGraphTasks(db, runId),
  ]);
  const [row] = run.rows;
  if (row === undefined) return null;
  return {
    ...row,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    tasks,
  };
}

/** The tasks of a run in the plan's order, or that one only. */
export async function readGraphTasks(db: Database, runId: RunId, task?: TaskId): Promise<GraphTask[]> {
  const { rows } = await db.pool.query<TaskRow>(
    `WITH costs AS (
       SELECT task_id, sum(cost_usd)::float8 AS cost FROM (
         SELECT task_id, cost_usd FROM model_turns WHERE run_id = $1
         UNION ALL
         -- Answered after another call of its turn was: paid for all the same.
         SELECT task_id, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'
       ) AS answers GROUP BY task_id
     )
     SELECT tasks.id, tasks.title, assigned_to AS role, status, workflow_step AS step, priority,
       issues.title AS issue, depends_on AS "dependsOn", attempt_count AS attempts, correction_count AS corrections,
       started_at AS "startedAt", completed_at AS "completedAt", COALESCE(costs.cost, 0) AS "costUsd", error
     FROM tasks LEFT JOIN issues ON issues.id = issue_id LEFT JOIN costs ON costs.task_id = tasks.id
     WHERE run_id = $1 AND ($2::text IS NULL OR tasks.id = $2) ORDER BY number`,
    [runId, task ?? null],
  );
  return rows.map((row) => ({
    ...row,
    startedAt: row.startedAt?.toISOString() ?? null,
    completedAt: row.completedAt?.toISOString() ?? null,
  }));
}
