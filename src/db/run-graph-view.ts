/** A run as the graph of its tasks, for people to look at. */
import type { GraphTask, RunGraph } from '../contract/api.js';
import type { RunUrls } from '../contract/contract.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';

interface RunRow extends Omit<RunGraph, 'startedAt' | 'finishedAt' | 'tasks' | 'urls'> {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Moments as PostgreSQL writes them into JSON. */
  readonly tasks: readonly GraphTask[];
}

/** The tasks of run $1, or that one whose id is $2. */
const TASKS = `
  SELECT tasks.id, tasks.title, assigned_to AS role, tasks.status, workflow_step AS step, priority,
    issues.title AS issue, depends_on AS "dependsOn", attempt_count AS attempts, correction_count AS corrections,
    started_at AS "startedAt", completed_at AS "completedAt", COALESCE(costs.cost, 0)::float8 AS "costUsd", error
  FROM tasks LEFT JOIN issues ON issues.id = issue_id LEFT JOIN (
    SELECT task_id, sum(cost_usd) AS cost FROM (
      SELECT task_id, cost_usd FROM model_turns WHERE run_id = $1
      UNION ALL
      -- Answered after another call of its turn was: paid for all the same.
      SELECT task_id, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'
    ) AS answers GROUP BY task_id
  ) AS costs ON costs.task_id = tasks.id
  WHERE run_id = $1 AND ($2::text IS NULL OR tasks.id = $2) ORDER BY number`;

/** Null when there is no such run. One statement, so that its tasks are as its newest event left them. */
export async function readRunGraph(db: Database, runId: RunId, urls: RunUrls): Promise<RunGraph | null> {
  const { rows } = await db.pool.query<RunRow>(
    `SELECT name, status, runs.repository AS repo, branch, last_seq AS "lastSeq", runs.created_at AS "startedAt",
       finished_at AS "finishedAt", concurrency, budget_usd::float8 AS "budgetUsd", spent_usd::float8 AS "spentUsd",
       reserved_usd::float8 AS "reservedUsd",
       COALESCE((SELECT json_agg(t) FROM (${TASKS}) AS t), '[]') AS tasks
     FROM runs JOIN projects ON projects.id = project_id WHERE runs.id = $1`,
    [runId, null],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    ...row,
    urls,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    tasks: row.tasks.map(graphTask),
  };
}

/** One task of the graph; null when there is no such task. */
export async function readGraphTask(db: Database, runId: RunId, id: TaskId): Promise<GraphTask | null> {
  const { rows } = await db.pool.query<{ task: GraphTask }>(
    `SELECT to_json(t) AS task FROM (${TASKS}) AS t`,
    [runId, id],
  );
  const [row] = rows;
  return row === undefined ? null : graphTask(row.task);
}

function graphTask(row: GraphTask): GraphTask {
  return { ...row, startedAt: momentOf(row.startedAt), completedAt: momentOf(row.completedAt) };
}

function momentOf(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString();
}
