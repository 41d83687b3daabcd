import { z } from 'zod';
import { roleSchema, runStatusSchema, taskStatusSchema } from '../../contract/status-schemas.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { EFFORTS } from '../../model/known-models.js';
import type { Plan } from '../../plan/plan-schema.js';
import { commitColumn, jsonColumn, runIdColumn, taskIdColumn, texts } from './columns.js';
import { defineStatement } from './statement.js';

/** A plan without its tasks, which are rows. */
export type RunPlan = Omit<Plan, 'tasks'>;

const RUN_COLUMNS = `json_build_object('id', runs.id, 'status', runs.status, 'repository', runs.repository,
  'gitFolder', runs.git_folder, 'branch', runs.branch, 'base', runs.base, 'tip', runs.tip, 'model', runs.model,
  'modelEndpoint', runs.model_endpoint, 'allowRedBase', runs.allow_red_base, 'maxCorrections', runs.max_corrections,
  'branchAccepted', runs.branch_accepted, 'plan', runs.plan)`;

const runRecord = z.strictObject({
  id: runIdColumn,
  status: runStatusSchema,
  repository: z.string(),
  gitFolder: z.string(),
  branch: z.string(),
  base: commitColumn,
  tip: commitColumn,
  model: z.string(),
  /** The base URL of the model's API; empty for the default. */
  modelEndpoint: z.string(),
  allowRedBase: z.boolean(),
  maxCorrections: z.int(),
  /** A person accepted the finished branch. */
  branchAccepted: z.boolean(),
  plan: jsonColumn<RunPlan>(
    (plan) => typeof plan === 'object' && plan !== null && 'name' in plan && !('tasks' in plan),
  ),
});

export const selectTask = defineStatement({
  name: 'select-task',
  reason: 'hot',
  why: 'Read by every activity of a task, with its run.',
  text: `SELECT run_id AS "runId", tasks.id, title, description, tasks.status, assigned_to AS role,
      test_command AS "testCommand", files, may_change AS "mayChange", mcp, tasks.model, effort, attempt_count AS "attemptCount",
      ${RUN_COLUMNS} AS run
    FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE run_id = $1 AND tasks.id = $2`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    runId: runIdColumn,
    id: taskIdColumn,
    title: z.string(),
    description: z.string(),
    status: taskStatusSchema,
    role: roleSchema,
    testCommand: z.string(),
    files: texts,
    mayChange: texts,
    /** The MCP servers whose tools its agent gets. */
    mcp: texts,
    /** Its own model; null for the run's. */
    model: z.string().nullable(),
    effort: z.enum(EFFORTS).nullable(),
    attemptCount: z.int(),
    run: runRecord,
  },
});

export const selectRun = defineStatement({
  name: 'select-run',
  reason: 'hot',
  why: 'Read by every merge batch and every report of a run.',
  text: `SELECT ${RUN_COLUMNS} AS run FROM runs WHERE id = $1`,
  values: (run: RunId) => [run],
  row: { run: runRecord },
});
