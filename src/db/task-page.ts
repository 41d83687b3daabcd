/** The full history of one task, for the dashboard, `leadwright show` and the export. */
import type {
  AttemptView,
  CallResultView,
  DraftRange,
  StoredTurnView,
  TaskPage,
  VerdictView,
} from '../contract/api.js';
import type { TaskStatus } from '../contract/run-status.js';
import { commitSha } from '../contract/ids.js';
import { OLDEST_FIRST, TASK_BLOCKER, taskBlocker } from './blockers.js';
import type { Database } from './database.js';
import type { TaskKey } from './fencing.js';
import { readGraphTask } from './run-graph-view.js';
import { attemptKindColumn, landingColumn } from './sql/columns.js';
import { answerColumn, promptColumn, turnKindColumn } from './sql/turns.js';
import type { Attempt, CallResult, ModelTurn, TestResult } from './generated/client.js';

/** A task and its history. Its workflows are only counted: their pages belong to the Temporal UI. */
export interface TaskHistory extends Omit<TaskPage, 'turns' | 'conversations' | 'workflowUrls'> {
  readonly turns: readonly StoredTurnView[];
  /** How many workflows the task has had. */
  readonly workflows: number;
}

/** Reads the history of a task; null when there is no such task. */
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
        // Without the outputs, which are up to a megabyte each.
        callResults: { orderBy: [{ turn: 'asc' }, { position: 'asc' }], omit: { output: true } },
        attempts: { orderBy: byNumber, include: { testResult: true } },
        correctionAttempts: { orderBy: byNumber, select: { number: true, attempt: true, reason: true } },
        blockers: { orderBy: OLDEST_FIRST, select: { ...TASK_BLOCKER, choice: true } },
      },
    }),
  ]);
  if (graphTask === null || task === null) return null;
  const turns = task.turns.map((turn) =>
    turnView(
      turn,
      task.callResults.filter((result) => result.turn === turn.number),
    ),
  );
  return {
    task: graphTask,
    description: task.description,
    workflows: countWorkflows(task),
    turns,
    cacheShare: cacheShare(turns),
    attempts: task.attempts.map(attemptView),
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

type RecordedCall = Omit<CallResult, 'output'>;

/** @param calls the recorded results of the turn's calls, in their order */
function turnView(turn: ModelTurn, calls: readonly RecordedCall[]): StoredTurnView {
  return {
    number: turn.number,
    attempt: turn.attempt,
    model: turn.model,
    prompt: promptColumn.parse(turn.prompt),
    answer: answerColumn.parse(turn.answer),
    stopReason: turn.stopReason,
    inputTokens: turn.inputTokens + turn.cacheCreationTokens + turn.cacheReadTokens,
    cachedTokens: turn.cacheReadTokens,
    outputTokens: turn.outputTokens,
    costUsd: turn.costUsd.toNumber(),
    ms: turn.ms,
    answeredAt: turn.answeredAt.toISOString(),
    conversation: turn.conversation,
    isSummary: turnKindColumn.parse(turn.kind) === 'summary',
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
    startsAgain: attempt.startsAgain,
  };
}

function verdictView({ command, passed, exitCode, ms, summary, output }: TestResult): VerdictView {
  return { command, passed, exitCode, ms, summary, output };
}
