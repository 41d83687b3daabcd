/** Questions to a person, and the answers. */
import { RESULT_MARKERS } from '../model/result-markers.js';
import type { TaskBlocker } from '../contract/api.js';
import { blockerViewSchema, type BlockerView } from '../contract/contract.js';
import {
  blockerId,
  runId as parseRunId,
  taskId as parseTaskId,
  type BlockerId,
  type RunId,
  type TaskId,
} from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence, RunFence, TaskKey } from './fencing.js';
import type { Blocker } from './generated/client.js';
import * as sql from './sql/blockers.js';
import type { Question } from './sql/blockers.js';

export type { Question } from './sql/blockers.js';

export interface TaskQuestion extends Question {
  /** The turn whose answer it came of: when that is judged again, it asks nothing new. */
  readonly turn?: number;
  /** The run as a whole waits, not the task alone: one blocker for all its tasks. */
  readonly wholeRun?: boolean;
}

/**
 * Asks about a task, which is blocked until somebody answers. The same question, still open, is asked once.
 * @throws StaleFence, and nobody is asked
 */
export async function askPerson(
  db: Database,
  fence: Fence,
  { turn, wholeRun = false, ...question }: TaskQuestion,
): Promise<void> {
  const ask = wholeRun ? sql.blockTaskOnRun : sql.raiseTaskBlocker;
  await ask(db.pool, fence, question, turn ?? null);
}

/** Asks about the run as a whole, or about a task of it that is blocked already. */
export async function askAboutRun(
  db: Database,
  runId: RunId,
  question: Question,
  taskId: TaskId | null = null,
): Promise<void> {
  await sql.raiseBlocker(db.pool, runId, taskId, question);
}

/** Asks about the run as a whole, from an activity of the run. @throws StaleFence, and nobody is asked */
export async function askAboutRunFenced(db: Database, fence: RunFence, question: Question): Promise<void> {
  await sql.raiseRunBlocker(db.pool, fence, question);
}

/** Open questions, the oldest first; of one run or of all. A cancelled run asks nobody any more. */
export async function listOpenBlockers(db: Database, runId: RunId | null): Promise<BlockerView[]> {
  const rows = await db.prisma.blocker.findMany({
    where: {
      resolvedAt: null,
      run: { status: { not: 'cancelled' } },
      ...(runId === null ? {} : { runId }),
    },
    select: { id: true, runId: true, taskId: true, reason: true, question: true, at: true },
    orderBy: OLDEST_FIRST,
  });
  return rows.map((row) => blockerViewSchema.parse({ ...row, at: row.at.toISOString() }));
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
  const row = await db.prisma.blocker.findUnique({
    where: { id },
    select: {
      id: true,
      runId: true,
      taskId: true,
      reason: true,
      resolvedBy: true,
      run: { select: { budgetUsd: true } },
    },
  });
  if (row === null) return null;
  return {
    id: blockerId(row.id),
    runId: parseRunId(row.runId),
    taskId: row.taskId === null ? null : parseTaskId(row.taskId),
    reason: row.reason,
    resolvedBy: row.resolvedBy,
    budgetUsd: row.run.budgetUsd?.toNumber() ?? null,
  };
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
  const [row] = await sql.answerBlocker(db.pool, {
    id,
    by,
    choice: choice.kind,
    text: text === '' ? wordsOf(answer) : text,
    reply: replyTo(answer),
    corrections: choice.kind === 'retry' ? choice.corrections : null,
    addUsd: addUsd === 0 ? null : addUsd,
    skipReason: `Skipped by ${by}${text === '' ? '.' : `: ${text}`}`,
  });
  return row?.done === true;
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
      return `${RESULT_MARKERS.answered}: ${text === '' ? 'go on.' : text}`;
    case 'accept':
      return `${RESULT_MARKERS.answered}: the work is taken as it is.${text === '' ? '' : ` ${text}`}`;
    case 'skip':
      // Read only when somebody tries the task again.
      return `${RESULT_MARKERS.answered}: this task was put aside, and is taken up again now. ${text}`.trim();
  }
}

/** Resolves a question about the run that has settled itself: nobody needs to answer any more. */
export async function settleQuestion(db: Database, runId: RunId, reason: string): Promise<void> {
  await sql.resolveRunBlockers(db.pool, runId, reason);
}

/** How often a person has answered this question about the run. */
export async function countAnswers(db: Database, runId: RunId, reason: string): Promise<number> {
  return db.prisma.blocker.count({ where: { runId, taskId: null, reason, resolvedAt: { not: null } } });
}

/** What a person told a task's agent before it had said anything itself: there is no reply to say it in. */
export async function listEarlyAnswers(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  const rows = await sql.selectAnswerTexts(db.pool, runId, taskId);
  return rows.map(({ answer }) => `${RESULT_MARKERS.answered}: ${answer}`);
}

/** All that was ever asked about a task, or about the run as a whole, with the answers; the oldest first. */
export async function listBlockersAbout(
  db: Database,
  runId: RunId,
  taskId: TaskId | null,
): Promise<TaskBlocker[]> {
  const rows = await db.prisma.blocker.findMany({
    where: { runId, taskId },
    select: TASK_BLOCKER,
    orderBy: OLDEST_FIRST,
  });
  return rows.map(taskBlocker);
}

/** The columns that taskBlocker() reads. */
export const TASK_BLOCKER = {
  id: true,
  reason: true,
  question: true,
  at: true,
  resolvedAt: true,
  resolvedBy: true,
  answer: true,
} as const;

export const OLDEST_FIRST = [{ at: 'asc' as const }, { id: 'asc' as const }];

/** A question and its answer, as the API has them. */
export function taskBlocker(
  row: Pick<Blocker, 'id' | 'reason' | 'question' | 'at' | 'resolvedAt' | 'resolvedBy' | 'answer'>,
): TaskBlocker {
  return {
    id: blockerId(row.id),
    reason: row.reason,
    question: row.question,
    at: row.at.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    resolvedBy: row.resolvedBy,
    answer: row.answer,
  };
}
