import type { PoolClient } from 'pg';
import type { Plan } from '../plan/plan-schema.js';
import type { CommitSha, RunId } from '../contract/ids.js';
import { branchOf } from '../contract/names.js';
import { wordsJson, type Database } from './database.js';

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
  const client = await db.pool.connect();
  // A connection that breaks fails the statement under way; without a listener it would end the process too.
  const ignore = () => undefined;
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    const claim = await claimRun(client, run);
    // A claim that came to nothing leaves nothing behind, not even a project.
    await client.query(claim.kind === 'created' ? 'COMMIT' : 'ROLLBACK');
    return claim;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release();
  }
}

async function claimRun(client: PoolClient, run: NewRun): Promise<RunClaim> {
  const project = await client.query<{ id: number }>(
    `INSERT INTO projects (name, repository) VALUES ($1, $2)
     ON CONFLICT (name, repository) DO UPDATE SET name = EXCLUDED.name RETURNING id`,
    [run.plan.name, run.repository],
  );
  const projectId = project.rows[0]?.id;
  const inserted = await client.query(
    `INSERT INTO runs (id, project_id, repository, git_folder, branch, base, tip, plan, plan_hash, model,
       model_endpoint, concurrency, max_corrections, allow_red_base, budget_usd)
     VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`,
    [
      run.id,
      projectId,
      run.repository,
      run.gitFolder,
      branchOf(run.id),
      run.base,
      // Its tasks are rows: every step of a task reads the plan, and would carry all the others along.
      wordsJson({ ...run.plan, tasks: undefined }),
      run.planHash,
      run.model,
      run.modelEndpoint,
      run.concurrency,
      run.maxCorrections,
      run.allowRedBase,
      run.budgetUsd ?? null,
    ],
  );
  if (inserted.rowCount === 0) return compare(client, run);
  await insertTasks(client, run, projectId);
  await client.query(`SELECT append_event($1, NULL, 'run.status', $2)`, [
    run.id,
    JSON.stringify({ status: 'running', from: null }),
  ]);
  return { kind: 'created' };
}

async function compare(client: PoolClient, run: NewRun): Promise<RunClaim> {
  const found = await client.query<{ repository: string; planHash: string; base: CommitSha }>(
    `SELECT repository, plan_hash AS "planHash", base FROM runs WHERE id = $1`,
    [run.id],
  );
  const row = found.rows[0];
  if (row === undefined) throw new Error(`run ${run.id} was removed while it was being started`);
  if (row.repository !== run.repository) return { kind: 'other', differs: 'repository' };
  if (row.planHash !== run.planHash) return { kind: 'other', differs: 'plan' };
  return { kind: 'same', base: row.base };
}

async function insertTasks(client: PoolClient, run: NewRun, projectId: number | undefined): Promise<void> {
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
  await client.query(
    `INSERT INTO issues (project_id, title)
     SELECT DISTINCT $1::int, issue FROM jsonb_to_recordset($2) AS t(issue text) WHERE issue IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [projectId, wordsJson(tasks)],
  );
  await client.query(
    `INSERT INTO tasks (run_id, id, project_id, issue_id, number, title, description, assigned_to, depends_on,
       can_parallelize, priority, test_command, files, may_change, generate_timeout_ms, test_timeout_ms,
       estimated_tokens)
     SELECT $1, t.id, $2, issues.id, t.number, t.title, t.description, t.role, t.depends_on, t.can_parallelize,
       t.priority, t.test_command, t.files, t.may_change, t.generate_timeout_ms, t.test_timeout_ms,
       t.estimated_tokens
     FROM jsonb_to_recordset($3) AS t(id text, number int, issue text, title text, description text, role role,
       depends_on text[], can_parallelize boolean, priority int, test_command text, files text[],
       may_change text[], generate_timeout_ms int, test_timeout_ms int, estimated_tokens int)
     LEFT JOIN issues ON issues.project_id = $2 AND issues.title = t.issue`,
    [run.id, projectId, wordsJson(tasks)],
  );
}

/** A rough size of what a task asks for: four characters a token, as the model's documentation has it. */
function estimateTokens(...texts: readonly string[]): number {
  return Math.ceil(texts.reduce((sum, text) => sum + text.length, 0) / 4);
}
