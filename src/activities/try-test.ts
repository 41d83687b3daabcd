import { TRY_SECONDS } from '../agent/request/first-message.js';
import { readTask, type TaskRecord } from '../db/task-record.js';
import { PAUSED, type Paused, type TryTestInput } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { inPlace } from './support/heartbeat.js';
import { judgeCommit, type JudgeRequest } from './support/judge-commit.js';

/**
 * Tries a task's test once on the commit that the task starts from, for its agent. Set-up before it has its own limit.
 * @returns the id of the stored verdict
 */
export async function tryTest(context: ActivityContext, input: TryTestInput): Promise<number | Paused> {
  return inPlace(context, input.runId, (signal) => tryAtStart(context, input, signal));
}

/** The same, in a place that the caller has. */
export async function tryAtStart(
  context: ActivityContext,
  input: TryTestInput,
  signal: AbortSignal,
): Promise<number | Paused> {
  const task = await readTask(context.db, input.runId, input.taskId);
  if (task.run.status === 'paused') return PAUSED;
  const { id } = await judgeCommit(context, tryRequest(task, input), signal);
  return id;
}

/** A verdict within this shorter time is a verdict in general; a timeout counts for no longer limit. */
export function tryRequest(
  { run, testCommand }: TaskRecord,
  { start, testTimeoutMs }: Pick<TryTestInput, 'start' | 'testTimeoutMs'>,
): JudgeRequest {
  const timeoutMs = Math.min(testTimeoutMs, TRY_SECONDS * 1_000);
  return { run, commit: start, command: testCommand, timeoutMs };
}
