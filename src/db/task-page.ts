/** The full history of one task, for the dashboard, `leadwright show` and the export. */
import type { AttemptView, CallResultView, DraftRange, StoredTurnView, TaskPage } from '../contract/api.js';
import type { TaskStatus } from '../contract/run-status.js';
import { commitSha } from '../contract/ids.js';
import { OLDEST_FIRST, TASK_BLOCKER, taskBlocker } from './blockers.js';
import type { Database, SqlDatabase } from './database.js';
import type { TaskKey } from './fencing.js';
import { readGraphTask, sumPossiblyBilled } from './run-graph-view.js';
import type { RowOf } from './sql/statement.js';
import type { StatusTimes } from './status-times.js';
import { selectAttemptsOfTask, selectCallsOfTask, selectTurnsOfTask } from './sql/task-page.js';

/** What a task's agent did: its turns with their calls, and its attempts with their tests. */
export interface TaskWork {
  readonly turns: readonly StoredTurnView[];
  readonly cacheShare: TaskPage['cacheShare'];
  readonly attempts: readonly AttemptView[];
}

/** A task and its history. Its workflows are only counted: their pages belong to the Temporal UI. */
export interface TaskHistory
  extends Omit<TaskPage, 'turns' | 'conversations' | 'workflowUrls' | keyof TaskWork>, TaskWork {
  /** How many workflows the task has had. */
  readonly workflows: number;
}

/** Reads the work of a task; empty when there is no such task. */
export async function readTaskWork({ pool }: SqlDatabase, { runId, taskId }: TaskKey): Promise<TaskWork> {
  const [turnRows, calls, attempts] = await Promise.all([
    selectTurnsOfTask(pool, runId, taskId),
    selectCallsOfTask(pool, runId, taskId),
    readAttemptViews({ pool }, { runId, taskId }),
  ]);
  const turns = turnRows.map((turn) =>
    turnView(
      turn,
      calls.filter((call) => call.turn === turn.number),
    ),
  );
  return {
    turns,
    cacheShare: cacheShare(turns),
    attempts,
  };
}

/** Reads the attempts of a task, the oldest first. */
export async function readAttemptViews(
  { pool }: Pick<SqlDatabase, 'pool'>,
  { runId, taskId }: TaskKey,
): Promise<AttemptView[]> {
  const attempts = await selectAttemptsOfTask(pool, runId, taskId);
  return attempts.map(({ createdAt, ...attempt }) => ({ ...attempt, createdAt: createdAt.toISOString() }));
}

/**
 * Reads the history of a task; null when there is no such task.
 * @param statusTimes kept by who reads more than once
 */
export async function readTaskHistory(
  db: Database,
  key: TaskKey,
  statusTimes: StatusTimes,
): Promise<TaskHistory | null> {
  const { runId, taskId } = key;
  const byNumber = { number: 'asc' as const };
  const [graphTask, possiblyBilledUsd, work, task] = await Promise.all([
    readGraphTask(db, key, statusTimes),
    sumPossiblyBilled(db.prisma, key),
    readTaskWork(db, key),
    db.prisma.task.findUnique({
      where: { runId_id: { runId, id: taskId } },
      select: {
        description: true,
        status: true,
        startedAt: true,
        correctionAttempts: { orderBy: byNumber, select: { number: true, attempt: true, reason: true } },
        blockers: { orderBy: OLDEST_FIRST, select: { ...TASK_BLOCKER, choice: true } },
      },
    }),
  ]);
  if (graphTask === null || task === null) return null;
  return {
    ...work,
    task: graphTask,
    possiblyBilledUsd,
    description: task.description,
    workflows: countWorkflows({ ...task, attempts: work.attempts }),
    corrections: task.correctionAttempts,
    blockers: task.blockers.map(taskBlocker),
  };
}

/** The facts from which countWorkflows counts. */
export interface WorkflowFacts {
  readonly status: TaskStatus;
  readonly startedAt: Date | null;
  readonly attempts: readonly { readonly landing: string | null }[];
  readonly blockers: readonly { readonly resolvedAt: Date | null; readonly choice: string | null }[];
}

/**
 * Counts the workflows that a task has had: one for its start, one for each requeue, and one for each answer. An answer
 * starts no workflow when it ended the task, or when the task still waits for a slot. Pure.
 */
export function countWorkflows({ status, startedAt, attempts, blockers }: WorkflowFacts): number {
  if (startedAt === null) return 0;
  const requeues = attempts.filter(({ landing }) => landing === 'conflict' || landing === 'red').length;
  const answers = blockers
    .flatMap(({ resolvedAt, choice }) => (resolvedAt === null ? [] : [{ at: resolvedAt.getTime(), choice }]))
    .sort((a, b) => a.at - b.at);
  const last = answers.at(-1);
  const waitsForSlot = status === 'blocked' && last !== undefined && answers.length === blockers.length;
  const hasEnded = status === 'completed' || status === 'skipped';
  const answerEndedIt = hasEnded && (last?.choice === 'accept' || last?.choice === 'skip');
  return 1 + requeues + answers.length - (waitsForSlot || answerEndedIt ? 1 : 0);
}

type RecordedCall = RowOf<typeof selectCallsOfTask>;

/** @param calls the recorded results of the turn's calls, in their order */
function turnView(
  { answeredAt, kind, ...turn }: RowOf<typeof selectTurnsOfTask>,
  calls: readonly RecordedCall[],
): StoredTurnView {
  return {
    ...turn,
    answeredAt: answeredAt.toISOString(),
    isSummary: kind === 'summary',
    draft: draftRange(calls),
    results: calls.map(callResultView),
  };
}

/** What the calls of a turn made of the draft; null when they left it as it was. Pure. */
export function draftRange(calls: readonly Pick<RecordedCall, 'before' | 'draft'>[]): DraftRange | null {
  const [first, last] = [calls.at(0), calls.at(-1)];
  if (first === undefined || last === undefined || first.before === last.draft) return null;
  return { from: commitSha(first.before), to: commitSha(last.draft) };
}

function callResultView({ position, text, isError, before, draft, ...call }: RecordedCall): CallResultView {
  const { command, exitCode, ms, kept, server, tool } = call;
  return {
    ...{ position, text, isError, changedDraft: before !== draft },
    command: command === null ? null : { command, exitCode, ms: ms ?? 0, kept },
    mcp: server === null || tool === null ? null : { server, tool, ms: ms ?? 0 },
  };
}

/** The share of the input tokens that was read from the cache; null without any. Pure. */
export function cacheShare(
  turns: readonly Pick<StoredTurnView, 'inputTokens' | 'cachedTokens'>[],
): number | null {
  const input = turns.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  return input === 0 ? null : turns.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0) / input;
}
