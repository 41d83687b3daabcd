/** Blockers: questions to a person, and the answers. */
import { RESULT_MARKERS } from '../model/result-markers.js';
import type { TaskBlocker } from '../contract/api.js';
import { blockerViewSchema, type BlockerView } from '../contract/run-view.js';
import {
  blockerId,
  runId as parseRunId,
  taskId as parseTaskId,
  type BlockerId,
  type RunId,
  type TaskId,
} from '../contract/ids.js';
import type { Database, SqlDatabase } from './database.js';
import type { Fence, RunFence, TaskKey } from './fencing.js';
import type { Blocker } from './generated/client.js';
import * as sql from './sql/blockers.js';
import type { HandedInWork, Question } from './sql/blockers.js';

export { SETTLED_BY } from './sql/blockers.js';
export type { HandedInWork, Question } from './sql/blockers.js';

export interface TaskQuestion extends Question {
  /** The turn whose answer raises it. A repeated turn asks the same question only once. */
  readonly turn?: number;
  /** The whole run waits, not the task alone: all its tasks share one blocker. */
  readonly wholeRun?: boolean;
}

/**
 * Asks a person about a task and blocks it until somebody answers. A question that is still open is not asked again.
 * @throws StaleFence; nothing is recorded then
 */
export async function askPerson(
  db: Database,
  fence: Fence,
  { turn, wholeRun = false, ...question }: TaskQuestion,
): Promise<void> {
  const ask = wholeRun ? sql.blockTaskOnRun : sql.raiseTaskBlocker;
  await ask(db.pool, fence, question, turn ?? null);
}

/** Asks a person again about a task that is blocked already, but whose question is missing. */
export async function askAgain(db: Database, key: TaskKey, question: Question): Promise<void> {
  await sql.raiseLostBlocker(db.pool, key.runId, key.taskId, question);
}

/**
 * Asks a person about the run as a whole.
 * @param worker the id of the worker that asks, as it was when the work began
 * @throws StaleFence when that worker was declared dead meanwhile; nothing is recorded then
 */
export async function askAboutRun(
  db: Database,
  worker: string,
  runId: RunId,
  question: Question,
): Promise<void> {
  await sql.raiseBlockerAsWorker(db.pool, worker, runId, question);
}

/** Asks a person about the run as a whole, from an activity of the run. @throws StaleFence; nothing is recorded then */
export async function askAboutRunFenced(db: Database, fence: RunFence, question: Question): Promise<void> {
  await sql.raiseRunBlocker(db.pool, fence, question);
}

/** The open blockers of one run, or of all runs (null), oldest first. Those of cancelled runs are left out. */
export async function listOpenBlockers(db: SqlDatabase, runId: RunId | null): Promise<BlockerView[]> {
  const rows = await sql.selectOpenBlockers(db.pool, runId);
  return rows.map((row) => blockerViewSchema.parse({ ...row, at: row.at.toISOString() }));
}

/** A blocker and what an answer needs to know of its run. */
export interface FoundBlocker {
  readonly id: BlockerId;
  readonly runId: RunId;
  readonly taskId: TaskId | null;
  readonly reason: string;
  /** Who answered; null while it is open. */
  readonly resolvedBy: string | null;
  /** The budget of the run; null when it has none. */
  readonly budgetUsd: number | null;
}

/** Finds a blocker by its id, open or not; null when there is none. */
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

/** What a person chose. After a hint the agent continues, and its corrections are counted from zero. */
export type Choice =
  | { readonly kind: 'hint' | 'accept' | 'skip' | 'money' }
  /** Allows this many more corrections. */
  | { readonly kind: 'retry'; readonly corrections: number }
  /** Takes a person's own commit as the task's work; `name` is how the person named it. */
  | { readonly kind: 'commit'; readonly name: string; readonly work: HandedInWork };

/** A person's answer, checked against its blocker by requireFittingAnswer (src/runs/control/answer-choice.ts). */
export interface Answer {
  readonly by: string;
  readonly choice: Choice;
  /** The text for the agent and the log; may be empty. */
  readonly text: string;
  /** The amount added to the run's budget; 0 for none. */
  readonly addUsd: number;
}

/** Records an answer that is only a text for the agent. Returns false when the blocker was answered before. */
export async function answerBlocker(db: Database, id: BlockerId, by: string, text: string): Promise<boolean> {
  return recordAnswer(db, id, { by, choice: { kind: 'hint' }, text, addUsd: 0 });
}

/** Records an answer and applies its choice. Returns false when the blocker was answered before. */
export async function recordAnswer(db: Database, id: BlockerId, answer: Answer): Promise<boolean> {
  const { by, choice, text, addUsd } = answer;
  const [row] = await sql.answerBlocker(db.pool, {
    id,
    by,
    choice: choice.kind,
    text: text === '' ? describeOptions(answer) : text,
    reply: replyTo(answer),
    corrections: choice.kind === 'retry' ? choice.corrections : null,
    addUsd: addUsd === 0 ? null : addUsd,
    skipReason: `Skipped by ${by}${text === '' ? '.' : `: ${text}`}`,
    work: choice.kind === 'commit' ? choice.work : null,
  });
  return row?.done === true;
}

/** The options of an answer without a text, for the log. */
function describeOptions({ choice, addUsd }: Answer): string {
  const option = optionOf(choice);
  return [...(option === null ? [] : [option]), ...(addUsd === 0 ? [] : [`--add-usd ${addUsd}`])].join(' ');
}

function optionOf(choice: Choice): string | null {
  switch (choice.kind) {
    case 'hint':
    case 'money':
      return null;
    case 'accept':
    case 'skip':
      return `--${choice.kind}`;
    case 'retry':
      return `--retry ${choice.corrections}`;
    case 'commit':
      return `--commit ${choice.name}`;
  }
}

/** The reply to the agent, for when it continues. */
function replyTo({ choice, text }: Answer): string {
  switch (choice.kind) {
    case 'hint':
    case 'retry':
    case 'money':
      return `${RESULT_MARKERS.answered}: ${text === '' ? 'go on.' : text}`;
    case 'commit':
      return `${RESULT_MARKERS.answered}: a person's own commit is taken in place of this work. ${text}`.trim();
    case 'accept':
      return `${RESULT_MARKERS.answered}: the work is taken as it is.${text === '' ? '' : ` ${text}`}`;
    case 'skip':
      // The agent reads this only when the task is retried.
      return `${RESULT_MARKERS.answered}: this task was put aside, and is taken up again now. ${text}`.trim();
  }
}

/** Sets a task in progress whose work a person has handed in: it is tested now. @throws StaleFence */
export async function beginHandedInTest(db: Database, fence: Fence): Promise<void> {
  await sql.beginHandedInTest(db.pool, fence);
}

/**
 * Resolves the open blockers of the run for this reason when they no longer need an answer.
 * @param worker as for askAboutRun
 * @throws StaleFence when there are any and that worker was declared dead meanwhile; they stay open then
 */
export async function settleQuestion(
  db: Database,
  worker: string,
  runId: RunId,
  reason: string,
): Promise<void> {
  await sql.resolveRunBlockers(db.pool, worker, runId, reason);
}

/** Counts the answered blockers of the run for this reason. */
export async function countAnswers(db: Database, runId: RunId, reason: string): Promise<number> {
  return db.prisma.blocker.count({ where: { runId, taskId: null, reason, resolvedAt: { not: null } } });
}

/**
 * The texts of the answers to a task's blockers, oldest first. Each conversation begins with them: the turns that hold
 * them as replies, if there are any, belong to earlier ones.
 */
export async function listAnswers(db: Database, { runId, taskId }: TaskKey): Promise<string[]> {
  const rows = await sql.selectAnswerTexts(db.pool, runId, taskId);
  return rows.map(({ answer }) => `${RESULT_MARKERS.answered}: ${answer}`);
}

/** All blockers of a task, or of the run as a whole (null), with their answers; oldest first. */
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
  choice: true,
} as const;

export const OLDEST_FIRST = [{ at: 'asc' as const }, { id: 'asc' as const }];

/** Converts a row to the API's form of a blocker. */
export function taskBlocker(
  row: Pick<Blocker, 'id' | 'reason' | 'question' | 'at' | 'resolvedAt' | 'resolvedBy' | 'answer' | 'choice'>,
): TaskBlocker {
  return {
    id: blockerId(row.id),
    reason: row.reason,
    question: row.question,
    at: row.at.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    resolvedBy: row.resolvedBy,
    answer: withChoice(row),
  };
}

/** The answer for a person. The text of one that ended the task's work is a reason, no hint to the agent. */
function withChoice({ choice, answer }: Pick<Blocker, 'choice' | 'answer'>): string | null {
  if (answer === null || (choice !== 'skip' && choice !== 'accept')) return answer;
  const option = `--${choice}`;
  // Without a text, the answer is its options (describeOptions).
  return answer === '' || answer.startsWith(option) ? answer : `${option}: ${answer}`;
}
