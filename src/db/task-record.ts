/** What a step of a task needs to know of its task and its run. */
import type { Database } from './database.js';
import type { Plan } from '../plan/plan-schema.js';
import type { Role, RunStatus, TaskStatus } from '../contract/contract.js';
import type { CommitSha, RunId, TaskId } from '../contract/ids.js';

export interface TaskRecord {
  readonly runId: RunId;
  readonly id: TaskId;
  readonly title: string;
  readonly description: string;
  readonly status: TaskStatus;
  readonly role: Role;
  readonly testCommand: string;
  readonly files: readonly string[];
  readonly mayChange: readonly string[];
  readonly attemptCount: number;
  readonly run: RunRecord;
}

export interface RunRecord {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly repository: string;
  readonly gitFolder: string;
  readonly branch: string;
  readonly base: CommitSha;
  readonly tip: CommitSha;
  readonly model: string;
  /** Where it is called: a base URL, empty for the default one. */
  readonly modelEndpoint: string;
  readonly allowRedBase: boolean;
  readonly maxCorrections: number;
  /** A person took the finished branch as it is. */
  readonly branchAccepted: boolean;
  readonly plan: RunPlan;
}

/** The parts of a plan that steps ask for; the tasks themselves are rows. */
export type RunPlan = Omit<Plan, 'tasks'>;

const RUN_COLUMNS = `json_build_object('id', runs.id, 'status', runs.status, 'repository', runs.repository, 'gitFolder', runs.git_folder,
  'branch', runs.branch, 'base', runs.base, 'tip', runs.tip, 'model', runs.model, 'modelEndpoint', runs.model_endpoint,
  'allowRedBase', runs.allow_red_base, 'maxCorrections', runs.max_corrections,
  'branchAccepted', runs.branch_accepted, 'plan', runs.plan)`;

/** @throws when the run was removed meanwhile (`leadwright clean`) */
export async function readTask(db: Database, runId: RunId, id: TaskId): Promise<TaskRecord> {
  const found = await db.pool.query<TaskRecord>(
    `SELECT run_id AS "runId", tasks.id, title, description, tasks.status, assigned_to AS role,
       test_command AS "testCommand", files, may_change AS "mayChange", attempt_count AS "attemptCount",
       ${RUN_COLUMNS} AS run
     FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE run_id = $1 AND tasks.id = $2`,
    [runId, id],
  );
  return one(found.rows, `task ${id} of run ${runId}`);
}

/** @throws when the run was removed meanwhile */
export async function readRun(db: Database, runId: RunId): Promise<RunRecord> {
  const found = await db.pool.query<{ run: RunRecord }>(
    `SELECT ${RUN_COLUMNS} AS run FROM runs WHERE id = $1`,
    [runId],
  );
  return one(found.rows, `run ${runId}`).run;
}

/** A record that must be there is not: it was cleaned away under a workflow that still runs. */
export class RecordMissing extends Error {
  override readonly name = 'RecordMissing';
}

function one<T>(rows: readonly T[], what: string): T {
  const [row] = rows;
  if (row === undefined) throw new RecordMissing(`The record of ${what} is gone.`);
  return row;
}
