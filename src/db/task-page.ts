/** One task with all that was said and done, for people to look at: the page's, `show`'s and the export's. */
import type { AttemptView, CorrectionView, TaskPage, TurnView, VerdictView } from '../contract/api.js';
import { listBlockersAbout } from './blockers.js';
import type { Database } from './database.js';
import { readGraphTask } from './run-graph-view.js';
import type { TaskKey } from './fencing.js';

/** A task as the record has it; its workflows are counted, for their pages are another server's. */
export interface TaskStory extends Omit<TaskPage, 'workflowUrls'> {
  /** How many workflows it has had. */
  readonly workflows: number;
}

/** Null when there is no such task. */
export async function readTaskStory(db: Database, key: TaskKey): Promise<TaskStory | null> {
  const [task, brief, turns, attempts, corrections, blockers] = await Promise.all([
    readGraphTask(db, key.runId, key.taskId),
    readBrief(db, key),
    readTurnViews(db, key),
    readAttemptViews(db, key),
    readCorrections(db, key),
    listBlockersAbout(db, key.runId, key.taskId),
  ]);
  if (task === null || brief === null) return null;
  return { task, ...brief, turns, attempts, corrections, blockers };
}

/**
 * A workflow begins a task; each return from landing and each answer begins another one, but for an answer that
 * ended the task instead, or that it waits for a slot with.
 */
const WORKFLOWS = `(SELECT CASE WHEN tasks.started_at IS NULL THEN 0
    ELSE 1 + (SELECT count(*) FROM attempts AS a WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id
        AND a.landing IN ('conflict', 'red'))
      + count(*) - (tasks.status = 'blocked' AND count(*) > 0 AND NOT EXISTS (SELECT FROM blockers AS open
          WHERE open.run_id = tasks.run_id AND open.task_id = tasks.id AND open.resolved_at IS NULL)
        OR tasks.status IN ('completed', 'skipped')
          AND COALESCE((array_agg(choice ORDER BY resolved_at DESC))[1] IN ('accept', 'skip'), false))::int
    END FROM blockers AS b
  WHERE b.run_id = tasks.run_id AND b.task_id = tasks.id AND b.resolved_at IS NOT NULL)::int`;

type Brief = Pick<TaskStory, 'description' | 'workflows'>;

async function readBrief(db: Database, { runId, taskId }: TaskKey): Promise<Brief | null> {
  const { rows } = await db.pool.query<Brief>(
    `SELECT description, ${WORKFLOWS} AS workflows FROM tasks WHERE run_id = $1 AND id = $2`,
    [runId, taskId],
  );
  return rows[0] ?? null;
}

interface TurnRow extends Omit<TurnView, 'answeredAt'> {
  readonly answeredAt: Date;
}

async function readTurnViews(db: Database, { runId, taskId }: TaskKey): Promise<TurnView[]> {
  const { rows } = await db.pool.query<TurnRow>(
    `SELECT number, attempt, model, prompt, answer, stop_reason AS "stopReason",
       input_tokens + cache_creation_tokens + cache_read_tokens AS "inputTokens", output_tokens AS "outputTokens",
       cost_usd::float8 AS "costUsd", ms, answered_at AS "answeredAt"
     FROM model_turns WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return rows.map((row) => ({ ...row, answeredAt: row.answeredAt.toISOString() }));
}

interface AttemptRow extends Omit<AttemptView, 'createdAt' | 'test'> {
  readonly createdAt: Date;
  /** All null until it was tested. */
  readonly test: VerdictView | null;
}

async function readAttemptViews(db: Database, { runId, taskId }: TaskKey): Promise<AttemptView[]> {
  const { rows } = await db.pool.query<AttemptRow>(
    `SELECT number, turn, kind, base, attempts.commit, files, explanation, attempts.created_at AS "createdAt",
       landing, accepted,
       CASE WHEN test.id IS NOT NULL THEN json_build_object('command', command, 'passed', test.passed,
         'exitCode', exit_code, 'ms', ms, 'summary', summary, 'output', output) END AS test
     FROM attempts LEFT JOIN test_results AS test ON test.id = test_id
     WHERE attempts.run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

async function readCorrections(db: Database, { runId, taskId }: TaskKey): Promise<CorrectionView[]> {
  const { rows } = await db.pool.query<CorrectionView>(
    `SELECT number, attempt, reason FROM correction_attempts WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return rows;
}
