/** Questions to a person, and the answers. */
import { REPLY } from '../agent/replies.js';
import type { TaskBlocker } from '../contract/api.js';
import { blockerViewSchema, type BlockerView } from '../contract/contract.js';
import type { BlockerId, RunId, TaskId } from '../contract/ids.js';
import { storable, type Database } from './database.js';
import {
  CHECK_RUN_FENCE,
  CHECK_FENCE,
  queryRunFenced,
  queryFenced,
  type RunFence,
  type Fence,
  type TaskKey,
} from './fencing.js';

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
  step: Fence,
  { reason, question, turn, wholeRun = false }: TaskQuestion,
): Promise<void> {
  const ask = wholeRun ? 'hold_task($1, $2, $6, $7, $8)' : 'raise_blocker($1, $2, $6, $7, $8)';
  await queryFenced(db, step, `SELECT ${CHECK_FENCE}, ${ask}`, [reason, storable(question), turn ?? null]);
}

/** Asks about the run as a whole. */
export async function askAboutRun(db: Database, runId: RunId, { reason, question }: Question): Promise<void> {
  await db.pool.query('SELECT raise_blocker($1, NULL, $2, $3, NULL)', [runId, reason, storable(question)]);
}

/** The same, as a step of the run. @throws StaleFence, and nobody is asked */
export async function askAboutRunFenced(
  db: Database,
  step: RunFence,
  { reason, question }: Question,
): Promise<void> {
  const ask = 'raise_blocker($1, NULL, $5, $6, NULL)';
  await queryRunFenced(db, step, `SELECT ${CHECK_RUN_FENCE}, ${ask}`, [reason, storable(question)]);
}

const COLUMNS = `id, run_id AS "runId", task_id AS "taskId", reason, question, at`;

interface Row extends Omit<BlockerView, 'at'> {
  readonly at: Date;
}

/** The open ones, the oldest first; of one run or of all. A cancelled run asks nobody any more. */
export async function listOpenBlockers(db: Database, runId: RunId | null): Promise<BlockerView[]> {
  const found = await db.pool.query<Row>(
    `SELECT ${COLUMNS} FROM blockers WHERE resolved_at IS NULL AND ($1::text IS NULL OR run_id = $1)
       AND EXISTS (SELECT FROM runs WHERE runs.id = run_id AND status <> 'cancelled')
     ORDER BY at, id`,
    [runId],
  );
  return found.rows.map((row) => blockerViewSchema.parse({ ...row, at: row.at.toISOString() }));
}

/** What an answer has to know of a blocker and of its run. */
export interface FoundBlocker {
  readonly id: BlockerId;
  readonly runId: RunId;
  readonly taskId: TaskId | null;
  readonly reason: string;
  /** Who answered it; null while it is open. */
  readonly resolvedBy: string | null;
  /** Null when the run has none. */
  readonly budgetUsd: number | null;
}

/** A blocker of that id, open or not; null when there is none. */
export async function findBlocker(db: Database, id: string): Promise<FoundBlocker | null> {
  const found = await db.pool.query<FoundBlocker>(
    `SELECT blockers.id, run_id AS "runId", task_id AS "taskId", reason, resolved_by AS "resolvedBy",
       budget_usd::float8 AS "budgetUsd"
     FROM blockers JOIN runs ON runs.id = run_id WHERE blockers.id = $1`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** What a person chose. A hint lets the agent go on as before, its corrections counted anew. */
export type Choice =
  | { readonly kind: 'hint' | 'accept' | 'skip' | 'money' }
  /** So many more corrections. */
  | { readonly kind: 'retry'; readonly corrections: number };

/** A person's answer to a blocker, which allows it (fittingAnswer, src/runs/control/answer-choice.ts). */
export interface Answer {
  readonly by: string;
  readonly choice: Choice;
  /** For the agent, or for whoever reads the log; may be empty. */
  readonly text: string;
  /** More money for the run; 0 for none. */
  readonly addUsd: number;
}

/** Records a plain answer: its text goes to the agent. False when it was answered before. */
export async function answerBlocker(db: Database, id: BlockerId, by: string, text: string): Promise<boolean> {
  return recordAnswer(db, id, { by, choice: { kind: 'hint' }, text, addUsd: 0 });
}

/** Records an answer and all that it means. False when it was answered before. */
export async function recordAnswer(db: Database, id: BlockerId, answer: Answer): Promise<boolean> {
  const { by, choice, text, addUsd } = answer;
  const found = await db.pool.query<{ done: boolean | null }>(
    `SELECT answer_blocker($1, $2, $3, $4, $5, $6, $7, $8) AS done`,
    [
      id,
      by,
      choice.kind,
      storable(text === '' ? wordsOf(answer) : text),
      storable(replyTo(answer)),
      choice.kind === 'retry' ? choice.corrections : null,
      addUsd === 0 ? null : addUsd,
      storable(`Skipped by ${by}${text === '' ? '.' : `: ${text}`}`),
    ],
  );
  return found.rows[0]?.done === true;
}

/** An answer that holds no words of a person's, for the log. */
function wordsOf({ choice, addUsd }: Answer): string {
  const option = choice.kind === 'retry' ? `retry ${choice.corrections}` : choice.kind;
  const options = choice.kind === 'hint' || choice.kind === 'money' ? [] : [`--${option}`];
  return [...options, ...(addUsd === 0 ? [] : [`--add-usd ${addUsd}`])].join(' ');
}

/** What the agent is told, should it go on. */
function replyTo({ choice, text }: Answer): string {
  switch (choice.kind) {
    case 'hint':
    case 'retry':
    case 'money':
      return `${REPLY.answered}: ${text === '' ? 'go on.' : text}`;
    case 'accept':
      return `${REPLY.answered}: the work is taken as it is.${text === '' ? '' : ` ${text}`}`;
    case 'skip':
      // Read only when somebody tries the task again.
      return `${REPLY.answered}: this task was put aside, and is taken up again now. ${text}`.trim();
  }
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
export async function countAnswers(db: Database, runId: RunId, reason: string): Promise<number> {
  const found = await db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM blockers
     WHERE run_id = $1 AND task_id IS NULL AND reason = $2 AND resolved_at IS NOT NULL`,
    [runId, reason],
  );
  return found.rows[0]?.count ?? 0;
}

/** An answer that chose something and said nothing (wordsOf). */
const NO_WORDS = '^(--(accept|skip|retry [0-9]+|add-usd [^ ]+) ?)*$';

/** What a person told a task's agent before it had said anything itself: there is no reply to say it in. */
export async function listEarlyAnswers(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  const found = await db.pool.query<{ answer: string }>(
    `SELECT answer FROM blockers WHERE run_id = $1 AND task_id = $2 AND resolved_at IS NOT NULL AND answer !~ $3
     ORDER BY resolved_at, id`,
    [runId, taskId, NO_WORDS],
  );
  return found.rows.map(({ answer }) => `${REPLY.answered}: ${answer}`);
}

interface HistoryRow extends Omit<TaskBlocker, 'at' | 'resolvedAt'> {
  readonly at: Date;
  readonly resolvedAt: Date | null;
}

/** All that was ever asked about a task, or about the run as a whole, with the answers; the oldest first. */
export async function listBlockersAbout(
  db: Database,
  runId: RunId,
  taskId: TaskId | null,
): Promise<TaskBlocker[]> {
  const { rows } = await db.pool.query<HistoryRow>(
    `SELECT id, reason, question, at, resolved_at AS "resolvedAt", resolved_by AS "resolvedBy", answer
     FROM blockers WHERE run_id = $1 AND task_id IS NOT DISTINCT FROM $2 ORDER BY at, id`,
    [runId, taskId],
  );
  return rows.map((row) => ({
    ...row,
    at: row.at.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
  }));
}
