/** One task with all that was said and done, for people to look at: the page's, `show`'s and the export's. */
import type { AttemptView, StoredTurnView, TaskPage, VerdictView } from '../contract/api.js';
import type { TaskStatus } from '../contract/contract.js';
import { commitSha } from '../contract/ids.js';
import { OLDEST_FIRST, TASK_BLOCKER, taskBlocker } from './blockers.js';
import type { Database } from './database.js';
import type { TaskKey } from './fencing.js';
import { readGraphTask } from './run-graph-view.js';
import { attemptKindColumn, landingColumn } from './sql/columns.js';
import { answerColumn, promptColumn } from './sql/turns.js';
import type { Attempt, ModelTurn, TestResult } from './generated/client.js';

/** A task as the record has it; its workflows are counted, for their pages are another server's. */
export interface TaskHistory extends Omit<TaskPage, 'turns' | 'workflowUrls'> {
  readonly turns: readonly StoredTurnView[];
  /** How many workflows it has had. */
  readonly workflows: number;
}

/** Null when there is no such task. */
export async function readTaskHistory(db: Database, { runId, taskId }: TaskKey): Promise<TaskHistory | null> {
  const byNumber = { number: 'asc' as const };
  const [graphTask, task] = await Promise.all([
    readGraphTask(db, runId, taskId),
    db.prisma.task.findUnique({
      where: { runId_id: { runId, id: taskId } },
      select: {
        description: true,
        status: true,
        startedAt: true,
        turns: { orderBy: byNumber },
        attempts: { orderBy: byNumber, include: { testResult: true } },
        correctionAttempts: { orderBy: byNumber, select: { number: true, attempt: true, reason: true } },
        blockers: { orderBy: OLDEST_FIRST, select: { ...TASK_BLOCKER, choice: true } },
      },
    }),
  ]);
  if (graphTask === null || task === null) return null;
  return {
    task: graphTask,
    description: task.description,
    workflows: countWorkflows(task),
    turns: task.turns.map(turnView),
    attempts: task.attempts.map(attemptView),
    corrections: task.correctionAttempts,
    blockers: task.blockers.map(taskBlocker),
  };
}

/** What tells how many workflows a task has had. */
export interface WorkflowFacts {
  readonly status: TaskStatus;
  readonly startedAt: Date | null;
  readonly attempts: readonly { readonly landing: string | null }[];
  readonly blockers: readonly { readonly resolvedAt: Date | null; readonly choice: string | null }[];
}

/**
 * A workflow begins a task; each return from landing and each answer begins another one, but for an answer that
 * ended the task instead, or that it waits for a slot with. Pure.
 */
export function countWorkflows({ status, startedAt, attempts, blockers }: WorkflowFacts): number {
  if (startedAt === null) return 0;
  const returns = attempts.filter(({ landing }) => landing === 'conflict' || landing === 'red').length;
  const answers = blockers
    .flatMap(({ resolvedAt, choice }) => (resolvedAt === null ? [] : [{ at: resolvedAt.getTime(), choice }]))
    .sort((a, b) => a.at - b.at);
  const last = answers.at(-1);
  const waits = status === 'blocked' && last !== undefined && answers.length === blockers.length;
  const hasEnded = status === 'completed' || status === 'skipped';
  const wasEnded = hasEnded && (last?.choice === 'accept' || last?.choice === 'skip');
  return 1 + returns + answers.length - (waits || wasEnded ? 1 : 0);
}

function turnView(turn: ModelTurn): StoredTurnView {
  return {
    number: turn.number,
    attempt: turn.attempt,
    model: turn.model,
    prompt: promptColumn.parse(turn.prompt),
    answer: answerColumn.parse(turn.answer),
    stopReason: turn.stopReason,
    inputTokens: turn.inputTokens + turn.cacheCreationTokens + turn.cacheReadTokens,
    outputTokens: turn.outputTokens,
    costUsd: turn.costUsd.toNumber(),
    ms: turn.ms,
    answeredAt: turn.answeredAt.toISOString(),
  };
}

function attemptView(attempt: Attempt & { readonly testResult: TestResult | null }): AttemptView {
  return {
    number: attempt.number,
    turn: attempt.turn,
    kind: attemptKindColumn.parse(attempt.kind),
    base: commitSha(attempt.base),
    commit: commitSha(attempt.commit),
    files: attempt.files,
    explanation: attempt.explanation,
    createdAt: attempt.createdAt.toISOString(),
    test: attempt.testResult === null ? null : verdictView(attempt.testResult),
    landing: landingColumn.nullable().parse(attempt.landing),
    accepted: attempt.accepted,
  };
}

function verdictView({ command, passed, exitCode, ms, summary, output }: TestResult): VerdictView {
  return { command, passed, exitCode, ms, summary, output };
}
