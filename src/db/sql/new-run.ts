import { z } from 'zod';
import type { CommitSha, RunId } from '../../contract/ids.js';
import type { RunStatus } from '../../contract/run-status.js';
import { runStatusSchema } from '../../contract/status-schemas.js';
import { verbatimJson } from '../database.js';
import { commitColumn, runIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

/** A run that was prevented from starting: no model has answered, so its id can be used again. */
const IS_STOPPED = `runs.status = 'failed' AND runs.stop_code IS NOT NULL
  AND NOT EXISTS (SELECT FROM model_turns WHERE model_turns.run_id = runs.id)`;

export const selectRunStart = defineStatement({
  name: 'select-run-start',
  reason: 'quick',
  why: 'A person waits for the start of a run. Prisma’s client would take a tenth of it.',
  text: `SELECT runs.repository, runs.plan_hash AS "planHash", runs.base, runs.tip, runs.status, runs.model,
      projects.name AS project,
      EXISTS (SELECT FROM tasks WHERE tasks.run_id = runs.id AND tasks.started_at IS NOT NULL) AS "isBegun",
      COALESCE((SELECT max(test_timeout_ms) FROM tasks WHERE tasks.run_id = runs.id), 0) AS "longestTestMs",
      ${IS_STOPPED} AS "isStopped"
    FROM runs JOIN projects ON projects.id = runs.project_id WHERE runs.id = $1`,
  values: (run: RunId) => [run],
  row: {
    repository: z.string(),
    planHash: z.string(),
    base: commitColumn,
    tip: commitColumn,
    status: runStatusSchema,
    model: z.string(),
    project: z.string(),
    isBegun: z.boolean(),
    longestTestMs: z.int(),
    isStopped: z.boolean(),
  },
});

export const selectRunsOfPlan = defineStatement({
  name: 'select-runs-of-plan',
  reason: 'quick',
  why: 'As selectRunStart.',
  text: `SELECT id, status FROM runs
    WHERE repository = $2 AND plan_hash = $3 AND id <> $1 AND status = ANY($4::run_status[])
    ORDER BY created_at`,
  values: (run: RunId, repository: string, planHash: string, statuses: readonly RunStatus[]) => [
    run,
    repository,
    planHash,
    statuses,
  ],
  row: { id: runIdColumn, status: runStatusSchema },
});

export const deleteStoppedRun = defineStatement({
  name: 'delete-stopped-run',
  reason: 'quick',
  why: 'As selectRunStart.',
  text: `DELETE FROM runs WHERE id = $1 AND ${IS_STOPPED}`,
  values: (run: RunId) => [run],
});

export const upsertProject = defineStatement({
  name: 'upsert-project',
  reason: 'atomic',
  why: 'Two runs that start at once share the project. Prisma’s upsert on two columns reads first, so one of them would fail.',
  text: `INSERT INTO projects (name, repository) VALUES ($1, $2)
    ON CONFLICT (name, repository) DO UPDATE SET name = EXCLUDED.name RETURNING id`,
  values: (name: string, repository: string) => [name, repository],
  row: { id: z.int() },
});

export interface RunValues {
  readonly id: RunId;
  readonly projectId: number;
  readonly repository: string;
  readonly gitFolder: string;
  readonly branch: string;
  readonly base: CommitSha;
  readonly plan: object;
  readonly planHash: string;
  readonly model: string;
  readonly modelEndpoint: string;
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly allowRedBase: boolean;
  readonly budgetUsd: number | null;
}

export const insertRun = defineStatement({
  name: 'insert-run',
  reason: 'atomic',
  why: 'Claims the id of the run: of two concurrent starts, one inserts it and the other gets no row.',
  text: `INSERT INTO runs (id, project_id, repository, git_folder, branch, base, tip, plan, plan_hash, model,
      model_endpoint, concurrency, max_corrections, allow_red_base, budget_usd)
    VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING
    RETURNING id`,
  values: (run: RunValues) => [
    run.id,
    run.projectId,
    run.repository,
    run.gitFolder,
    run.branch,
    run.base,
    verbatimJson(run.plan),
    run.planHash,
    run.model,
    run.modelEndpoint,
    run.concurrency,
    run.maxCorrections,
    run.allowRedBase,
    run.budgetUsd,
  ],
  row: { id: z.string() },
});

/** The columns of a task, and the title of its issue. */
export interface TaskValues {
  readonly id: string;
  readonly number: number;
  readonly issue: string | null;
  readonly title: string;
  readonly description: string;
  readonly role: string;
  readonly depends_on: readonly string[];
  readonly can_parallelize: boolean;
  readonly priority: number;
  readonly test_command: string;
  readonly files: readonly string[];
  readonly may_change: readonly string[];
  readonly mcp: readonly string[];
  readonly model: string | null;
  readonly effort: string | null;
  readonly generate_timeout_ms: number;
  readonly test_timeout_ms: number;
  readonly estimated_tokens: number;
}

const ONE_TRANSACTION =
  'In the transaction of insertRun, and one statement for the ten thousand tasks of a plan.';

export const insertIssues = defineStatement({
  name: 'insert-issues',
  reason: 'atomic',
  why: ONE_TRANSACTION,
  text: `INSERT INTO issues (project_id, title)
    SELECT DISTINCT $1::int, issue FROM jsonb_to_recordset($2) AS t(issue text) WHERE issue IS NOT NULL
    ON CONFLICT DO NOTHING`,
  values: (projectId: number, tasks: readonly TaskValues[]) => [projectId, verbatimJson(tasks)],
});

export const insertTasks = defineStatement({
  name: 'insert-tasks',
  reason: 'atomic',
  why: ONE_TRANSACTION,
  text: `INSERT INTO tasks (run_id, id, project_id, issue_id, number, title, description, assigned_to, depends_on,
      can_parallelize, priority, test_command, files, may_change, mcp, requires_mcp, model, effort, generate_timeout_ms,
      test_timeout_ms, estimated_tokens)
    SELECT $1, t.id, $2, issues.id, t.number, t.title, t.description, t.role, t.depends_on, t.can_parallelize,
      t.priority, t.test_command, t.files, t.may_change, t.mcp, t.mcp <> '{}', t.model, t.effort, t.generate_timeout_ms,
      t.test_timeout_ms, t.estimated_tokens
    FROM jsonb_to_recordset($3) AS t(id text, number int, issue text, title text, description text, role role,
      depends_on text[], can_parallelize boolean, priority int, test_command text, files text[],
      may_change text[], mcp text[], model text, effort text, generate_timeout_ms int, test_timeout_ms int, estimated_tokens int)
    LEFT JOIN issues ON issues.project_id = $2 AND issues.title = t.issue`,
  values: (run: RunId, projectId: number, tasks: readonly TaskValues[]) => [
    run,
    projectId,
    verbatimJson(tasks),
  ],
});

export const appendRunStarted = defineStatement({
  name: 'append-run-started',
  reason: 'atomic',
  why: 'Numbers the event under the lock of the run, and notifies.',
  text: `SELECT append_event($1, NULL, 'run.status', $2)`,
  values: (run: RunId) => [run, JSON.stringify({ status: 'running', from: null })],
});
