import type { PoolClient } from 'pg';
import { NotFoundError } from '../contract/errors.js';
import type { Plan } from '../plan/plan-schema.js';
import type { CommitSha, RunId } from '../contract/ids.js';
import { runBranch } from '../contract/names.js';
import { hasEnded, RUN_STATUSES } from '../contract/run-status.js';
import type { SqlDatabase } from './database.js';
import * as sql from './sql/new-run.js';
import { onlyRow, type RowOf } from './sql/statement.js';
import { inTransaction } from './sql/transaction.js';

/** The settings of a run that are fixed when it is started. */
export interface NewRun {
  readonly id: RunId;
  readonly repository: string;
  readonly gitFolder: string;
  readonly base: CommitSha;
  readonly plan: Plan;
  readonly planHash: string;
  readonly model: string;
  /** The base URL of the model's API; empty for the default. */
  readonly modelEndpoint: string;
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly allowRedBase: boolean;
  /** The limit on the cost of its model calls, in USD; left out for no limit. */
  readonly budgetUsd?: number;
}

/** The result of recording a run: created, the same run exists already, or its id belongs to another run. */
export type RunClaim =
  | { readonly kind: 'created' }
  | { readonly kind: 'same' }
  | { readonly kind: 'other'; readonly differs: 'plan' | 'repository' };

/**
 * Records a run with all its tasks, once. The same id with the same plan and repository is the same run, so a client
 * that lost the response may repeat the request.
 */
export async function recordNewRun(db: SqlDatabase, run: NewRun): Promise<RunClaim> {
  // When the id is taken, the project is rolled back, too.
  const created = await inTransaction(
    db.pool,
    (client) => insertRun(client, run),
    (inserted) => inserted,
  );
  if (created) return { kind: 'created' };
  return compareWithExisting(await requireRunStart(db, run.id), run);
}

/** Inserts the run with its tasks and first event. Returns false when there is a run with this id. */
async function insertRun(client: PoolClient, run: NewRun): Promise<boolean> {
  const project = onlyRow(await sql.upsertProject(client, run.plan.name, run.repository));
  const inserted = await sql.insertRun(client, {
    ...run,
    projectId: project.id,
    branch: runBranch(run.id),
    // Tasks are rows. Every activity of a task reads the plan, which would load all the other tasks with it.
    plan: { ...run.plan, tasks: undefined },
    budgetUsd: run.budgetUsd ?? null,
  });
  if (inserted.length === 0) return false;
  const tasks = run.plan.tasks.map((task, index) => ({
    id: task.id,
    number: index + 1,
    issue: task.issue,
    title: task.title,
    description: task.description,
    role: task.agent,
    depends_on: task.dependsOn,
    can_parallelize: task.canParallelize,
    priority: task.priority,
    test_command: task.test,
    files: task.files,
    may_change: task.mayChange,
    mcp: task.mcp,
    model: task.model,
    effort: task.effort,
    generate_timeout_ms: task.timeout.generateMs,
    test_timeout_ms: task.timeout.testMs,
    estimated_tokens: estimateTokens(task.title, task.description),
  }));
  await sql.insertIssues(client, project.id, tasks);
  await sql.insertTasks(client, run.id, project.id, tasks);
  await sql.appendRunStarted(client, run.id);
  return true;
}

/** What a start has to know about the run that has its id. */
export type RunStart = RowOf<typeof sql.selectRunStart>;

/** Reads the run that has an id; null when there is none. */
export async function readRunStart(db: SqlDatabase, id: RunId): Promise<RunStart | null> {
  return (await sql.selectRunStart(db.pool, id))[0] ?? null;
}

/** Reads a run that is to be started. @throws NotFoundError when it was deleted meanwhile */
export async function requireRunStart(db: SqlDatabase, id: RunId): Promise<RunStart> {
  const found = await readRunStart(db, id);
  if (found === null) throw new NotFoundError(`There is no run ${id} any more: it was deleted meanwhile.`);
  return found;
}

/** What `listOpenRunsOfPlan` returns of each run. */
export type RunOfPlan = RowOf<typeof sql.selectRunsOfPlan>;

/** Lists the open runs of a plan in a repository except for one, the oldest first. */
export function listOpenRunsOfPlan(
  db: SqlDatabase,
  { repository, planHash }: Pick<NewRun, 'repository' | 'planHash'>,
  except: RunId,
): Promise<RunOfPlan[]> {
  const open = RUN_STATUSES.filter((status) => !hasEnded(status));
  return sql.selectRunsOfPlan(db.pool, except, repository, planHash, open);
}

/** Deletes a run that was prevented from starting, so that its id can be used again. Does nothing for any other. */
export async function deleteStoppedRun(db: SqlDatabase, id: RunId): Promise<void> {
  await sql.deleteStoppedRun(db.pool, id);
}

/** Compares a run with the one that has its id. Pure. */
export function compareWithExisting(
  existing: RunStart,
  { repository, planHash }: Pick<NewRun, 'repository' | 'planHash'>,
): Exclude<RunClaim, { readonly kind: 'created' }> {
  if (existing.repository !== repository) return { kind: 'other', differs: 'repository' };
  if (existing.planHash !== planHash) return { kind: 'other', differs: 'plan' };
  return { kind: 'same' };
}

/** Estimates the tokens of a text: four characters per token, a rule of thumb from the model's documentation. */
function estimateTokens(...texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / 4);
}
