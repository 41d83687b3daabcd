/** Attempts: a submission, applied and judged. */
import type { AttemptKind } from '../contract/payloads.js';
import type { CommitSha, RunId, TaskId, TreeSha } from '../contract/ids.js';
import { storable, storableJson, type Database } from './database.js';
import { CHECK_FENCE, queryFenced, type Fence } from './fencing.js';

export interface AttemptRecord {
  readonly number: number;
  readonly turn: number;
  readonly kind: AttemptKind;
  /** The tip that the work was started from, what the changes were applied to, and what came out. */
  readonly start: CommitSha;
  readonly base: CommitSha;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  readonly files: readonly string[];
  readonly explanation: string;
  readonly passed: boolean | null;
  readonly landing: 'landed' | 'conflict' | 'red' | null;
}

const COLUMNS = `number, turn, kind, start, base, commit, tree, files, explanation, passed, landing`;

/** All attempts of a task, in order. */
export async function readAttempts(db: Database, runId: RunId, taskId: TaskId): Promise<AttemptRecord[]> {
  const found = await db.pool.query<AttemptRecord>(
    `SELECT ${COLUMNS} FROM attempts WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
    [runId, taskId],
  );
  return found.rows;
}

export type NewAttempt = Omit<AttemptRecord, 'passed' | 'landing'>;

/** Stores an applied submission and its event in one statement; nothing when it is stored already. */
export async function storeAttempt(db: Database, step: Fence, attempt: NewAttempt): Promise<void> {
  await queryFenced(
    db,
    step,
    `WITH step AS MATERIALIZED (SELECT ${CHECK_FENCE}), stored AS (
       INSERT INTO attempts (run_id, task_id, number, turn, kind, start, base, commit, tree, files, explanation)
       SELECT $1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM step
       ON CONFLICT DO NOTHING RETURNING run_id, task_id
     ), moved AS (
       UPDATE tasks SET workflow_step = 'test', output = $14 FROM stored
       WHERE tasks.run_id = stored.run_id AND tasks.id = stored.task_id RETURNING tasks.run_id, tasks.id
     )
     SELECT append_event(run_id, id, 'changes.applied', $15) FROM moved`,
    [
      attempt.number,
      attempt.turn,
      attempt.kind,
      attempt.start,
      attempt.base,
      attempt.commit,
      attempt.tree,
      attempt.files.map(storable),
      storable(attempt.explanation),
      storableJson({ attempt: attempt.number, commit: attempt.commit, files: attempt.files }),
    ],
  );
}
