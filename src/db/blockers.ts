/** Questions to a person, and the answers. */
import { REPLY } from '../agents/replies.js';
import { blockerViewSchema, type BlockerView } from '../contract.js';
import { blockerId, type BlockerId, type RunId } from '../ids.js';
import { storable, type Database } from './database.js';
import { CHECK_STEP, queryInStep, type Step } from './steps.js';

export interface Question {
  /** Why a person is asked, as a word for programs. */
  readonly reason: string;
  /** What they are asked. */
  readonly question: string;
}

export interface TaskQuestion extends Question {
  /** The turn whose answer it came of: when that is judged again, it asks nothing new. */
  readonly turn?: number;
  /** The run as a whole waits, not the task alone: one blocker for all its tasks. */
  readonly wholeRun?: boolean;
}

/** Asks about a task, which is blocked until somebody answers. The same question, still open, is asked once. */
export async function askPerson(
  db: Database,
  step: Step,
  { reason, question, turn, wholeRun = false }: TaskQuestion,
): Promise<void> {
  const ask = wholeRun ? 'hold_task($1, $2, $6, $7, $8)' : 'raise_blocker($1, $2, $6, $7, $8)';
  await queryInStep(db, step, `SELECT ${CHECK_STEP}, ${ask}`, [reason, storable(question), turn ?? null]);
}

/** Asks about the run as a whole. */
export async function askAboutRun(db: Database, runId: RunId, { reason, question }: Question): Promise<void> {
  await db.pool.query('SELECT raise_blocker($1, NULL, $2, $3, NULL)', [runId, reason, storable(question)]);
}

const COLUMNS = `id, run_id AS "runId", task_id AS "taskId", reason, question, at`;

interface Row extends Omit<BlockerView, 'at'> {
  readonly at: Date;
}

/** The open ones, the oldest first; of one run or of all. A cancelled run asks nobody any more. */
export async function openBlockers(db: Database, runId: RunId | null): Promise<BlockerView[]> {
  const found = await db.pool.query<Row>(
    `SELECT ${COLUMNS} FROM blockers WHERE resolved_at IS NULL AND ($1::text IS NULL OR run_id = $1)
       AND EXISTS (SELECT FROM runs WHERE runs.id = run_id AND status <> 'cancelled')
     ORDER BY at, id`,
    [runId],
  );
  return found.rows.map((row) => blockerViewSchema.parse({ ...row, at: row.at.toISOString() }));
}

/** A blocker of that id, open or not; null when there is none. */
export async function findBlocker(
  db: Database,
  id: string,
): Promise<{ readonly id: BlockerId; readonly runId: RunId; readonly open: boolean } | null> {
  const found = await db.pool.query<{ runId: RunId; open: boolean }>(
    `SELECT run_id AS "runId", resolved_at IS NULL AS open FROM blockers WHERE id = $1`,
    [id],
  );
  const [row] = found.rows;
  return row === undefined ? null : { id: blockerId(id), ...row };
}

/** Records an answer; its text goes to the agent. False when it was answered before. */
export async function answerBlocker(db: Database, id: BlockerId, by: string, text: string): Promise<boolean> {
  const told = text === '' ? `${REPLY.answered}: go on.` : `${REPLY.answered}: ${text}`;
  const found = await db.pool.query<{ done: boolean | null }>(
    `SELECT resolve_blocker($1, $2, $3, $4) AS done`,
    [id, by, storable(text), storable(told)],
  );
  return found.rows[0]?.done === true;
}

/** What a person was asked about the run has settled itself: nobody needs to answer any more. */
export async function settleQuestion(db: Database, runId: RunId, reason: string): Promise<void> {
  await db.pool.query(
    `SELECT resolve_blocker(id, 'leadwright', 'It settled itself.', '') FROM blockers
     WHERE run_id = $1 AND task_id IS NULL AND reason = $2 AND resolved_at IS NULL`,
    [runId, reason],
  );
}

/** How often a person has answered this question about the run. */
export async function answersTo(db: Database, runId: RunId, reason: string): Promise<number> {
  const found = await db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM blockers
     WHERE run_id = $1 AND task_id IS NULL AND reason = $2 AND resolved_at IS NOT NULL`,
    [runId, reason],
  );
  return found.rows[0]?.count ?? 0;
}
