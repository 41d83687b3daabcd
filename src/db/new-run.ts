import type { PoolClient } from 'pg';
import type { Plan } from '../plan/plan-schema.js';
import { commitSha, type CommitSha, type RunId } from '../contract/ids.js';
import { runBranch } from '../contract/names.js';
import type { Database } from './database.js';
import * as sql from './sql/new-run.js';
import { onlyRow } from './sql/statement.js';
import { inTransaction } from './sql/transaction.js';

/** All that is decided when a run is started, and never again. */
export interface NewRun {
  readonly id: RunId;
  readonly repository: string;
  readonly gitFolder: string;
  readonly base: CommitSha;
  readonly plan: Plan;
  readonly planHash: string;
  readonly model: string;
  /** Where it is called: a base URL, empty for the default one. */
  readonly modelEndpoint: string;
  readonly concurrency: number;
  readonly maxCorrections: number;
  readonly allowRedBase: boolean;
  /** The most that its model calls may cost; left out for no limit. */
  readonly budgetUsd?: number;
}

/** What came of asking for a run: it is new, it is there already, or its id belongs to another. */
export type RunClaim =
  | { readonly kind: 'created' }
  | { readonly kind: 'same'; readonly base: CommitSha }
  | { readonly kind: 'other'; readonly differs: 'plan' | 'repository' };

/**
 * Records a run with all its tasks, once: the same id with the same plan and repository is the same run, so
 * that a client which lost its answer may ask again.
 */
export async function recordNewRun(db: Database, run: NewRun): Promise<RunClaim> {
  // A claim that came to nothing leaves nothing behind, not even a project.
  const created = await inTransaction(
    db.pool,
    (client) => insertRun(client, run),
    (inserted) => inserted,
  );
  return created ? { kind: 'created' } : compare(db, run);
}

/** False when there is a run of that id. */
async function insertRun(client: PoolClient, run: NewRun): Promise<boolean> {
  const project = onlyRow(await sql.upsertProject(client, run.plan.name, run.repository));
  const inserted = await sql.insertRun(client, {
    ...run,
    projectId: project.id,
    branch: runBranch(run.id),
    // Its tasks are rows: every activity of a task reads the plan, and would carry all the others along.
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
    generate_timeout_ms: task.timeout.generateMs,
    test_timeout_ms: task.timeout.testMs,
    estimated_tokens: estimateTokens(task.title, task.description),
  }));
  await sql.insertIssues(client, project.id, tasks);
  await sql.insertTasks(client, run.id, project.id, tasks);
  await sql.appendRunStarted(client, run.id);
  return true;
}

async function compare(db: Database, { id, repository, planHash }: NewRun): Promise<RunClaim> {
  const row = await db.prisma.run.findUnique({
    where: { id },
    select: { repository: true, planHash: true, base: true },
  });
  if (row === null) throw new Error(`run ${id} was removed while it was being started`);
  if (row.repository !== repository) return { kind: 'other', differs: 'repository' };
  if (row.planHash !== planHash) return { kind: 'other', differs: 'plan' };
  return { kind: 'same', base: commitSha(row.base) };
}

/** A rough size of what a task asks for: four characters a token, as the model's documentation has it. */
function estimateTokens(...texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / 4);
}
