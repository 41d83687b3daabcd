/** Verdicts on (tree, command, environment), and what they mean for the attempt that asked. */
import { createHash } from 'node:crypto';
import type { CommitSha, RunId, TaskId, TreeSha } from '../contract/ids.js';
import { storable, storableJson, type Database } from './database.js';
import { CHECK_FENCE, queryFenced, type Fence, type TaskKey } from './fencing.js';

/** What a tree was tested for. */
export interface VerdictKey {
  readonly runId: RunId;
  readonly tree: TreeSha;
  readonly command: string;
  /** A hash of what else the outcome depends on: set-up, variables, the runner. */
  readonly environment: string;
}

export interface VerdictRecord {
  readonly id: number;
  readonly passed: boolean;
  readonly exitCode: number | null;
  readonly notFound: boolean;
  readonly ms: number;
  readonly summary: string;
  readonly output: string;
}

const COLUMNS = `id, passed, exit_code AS "exitCode", not_found AS "notFound", ms, summary, output`;

/** Command and environment as one short key: a command may be longer than an index takes. */
function circumstances({ command, environment }: VerdictKey): string {
  return createHash('sha256')
    .update(JSON.stringify([command, environment]))
    .digest('hex');
}

/** The verdict that is known already, so that no tree is tested twice in a run. */
export async function findVerdict(db: Database, key: VerdictKey): Promise<VerdictRecord | null> {
  const found = await db.pool.query<VerdictRecord>(
    `SELECT ${COLUMNS} FROM test_results
     WHERE run_id = $1 AND tree = $2 AND environment = $3`,
    [key.runId, key.tree, circumstances(key)],
  );
  return found.rows[0] ?? null;
}

/** The verdict that an attempt was given; null before that. */
export async function findVerdictOfAttempt(
  db: Database,
  { runId, taskId, attempt }: TaskKey & { readonly attempt: number },
): Promise<VerdictRecord | null> {
  const found = await db.pool.query<VerdictRecord>(
    `SELECT ${COLUMNS} FROM test_results
     WHERE id = (SELECT test_id FROM attempts WHERE run_id = $1 AND task_id = $2 AND number = $3)`,
    [runId, taskId, attempt],
  );
  return found.rows[0] ?? null;
}

/** Keeps a verdict. When another worker was faster, its verdict stands. */
export async function storeVerdict(
  db: Database,
  key: VerdictKey,
  commit: CommitSha,
  verdict: Omit<VerdictRecord, 'id'>,
): Promise<VerdictRecord> {
  const kept = await db.pool.query<VerdictRecord>(
    `INSERT INTO test_results (run_id, tree, command, environment, commit, passed, exit_code, not_found, ms, summary,
       output)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (run_id, tree, environment) DO UPDATE SET run_id = EXCLUDED.run_id
     RETURNING ${COLUMNS}`,
    [
      key.runId,
      key.tree,
      key.command,
      circumstances(key),
      commit,
      verdict.passed,
      verdict.exitCode,
      verdict.notFound,
      verdict.ms,
      storable(verdict.summary),
      storable(verdict.output),
    ],
  );
  const [row] = kept.rows;
  if (row === undefined) throw new Error('an upsert returns its row');
  return row;
}

export interface AttemptVerdict {
  readonly attempt: number;
  readonly turn: number;
  readonly commit: CommitSha;
  readonly command: string;
  readonly verdict: VerdictRecord;
  /** Whether the attempt came after a red verdict. */
  readonly correction: boolean;
  /** What the model will be told of a red one. */
  readonly reply: string;
  /** The correction that a red one starts; null when none is left. */
  readonly next: { readonly correction: number; readonly reason: string } | null;
}

/**
 * Gives an attempt its verdict, once: its counts, its events, and the correction that follows, in one
 * statement.
 */
export async function recordVerdict(db: Database, step: Fence, given: AttemptVerdict): Promise<void> {
  const { verdict } = given;
  const finished = {
    attempt: given.attempt,
    commit: given.commit,
    command: given.command,
    passed: verdict.passed,
    exitCode: verdict.exitCode,
    ms: verdict.ms,
    summary: verdict.summary,
  };
  const record = 'record_verdict($1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14)';
  await queryFenced(db, step, `SELECT ${CHECK_FENCE}, ${record}`, [
    given.attempt,
    given.turn,
    verdict.id,
    verdict.passed,
    given.correction,
    verdict.passed ? null : storable(given.reply),
    storableJson(finished),
    verdict.passed ? null : (given.next?.correction ?? null),
    verdict.passed ? null : storable(given.next?.reason ?? ''),
  ]);
}

/** A verdict, and the attempt that it was given to: null where it was of a merge, or of the branch as a whole. */
export interface GivenVerdict extends Omit<VerdictRecord, 'id'> {
  readonly taskId: TaskId | null;
  readonly attempt: number | null;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  readonly command: string;
}

/** All verdicts of a run in order; one that was given to several attempts comes once for each. */
export async function listVerdicts(db: Database, runId: RunId): Promise<GivenVerdict[]> {
  const { rows } = await db.pool.query<GivenVerdict>(
    `SELECT attempts.task_id AS "taskId", attempts.number AS attempt, test.commit, test.tree, command, test.passed,
       exit_code AS "exitCode", not_found AS "notFound", ms, summary, output
     FROM test_results AS test LEFT JOIN attempts ON attempts.test_id = test.id
     WHERE test.run_id = $1 ORDER BY test.id, attempts.task_id, attempts.number`,
    [runId],
  );
  return rows;
}
