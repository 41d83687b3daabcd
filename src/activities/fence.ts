import { ApplicationFailure, Context } from '@temporalio/activity';
import { registerRunFence, registerFence, type RunFence, type Fence, type TaskKey } from '../db/fencing.js';
import type { RunRecord } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/**
 * The step that the activity under way is, as of now: its worker is the one that begins it, whoever that
 * process is later. By the time that the attempt was scheduled, not the activity: should the server's clock
 * ever be set back, the next attempt or the one after it is newer again.
 */
export function currentFence(context: ActivityContext, { runId, taskId }: TaskKey): Fence {
  const { currentAttemptScheduledTimestampMs, attempt } = Context.current().info;
  return {
    runId,
    taskId,
    at: Math.trunc(currentAttemptScheduledTimestampMs),
    attempt,
    worker: context.worker.id,
  };
}

/** Begins the step of a whole run that the activity under way is. @throws StaleFence when a later one has begun */
export async function takeRunFence(context: ActivityContext, runId: RunId): Promise<RunFence> {
  const { currentAttemptScheduledTimestampMs, attempt } = Context.current().info;
  const at = Math.trunc(currentAttemptScheduledTimestampMs);
  const step = { runId, at, attempt, worker: context.worker.id };
  await registerRunFence(context.db, step);
  return step;
}

/** Begins the step that the activity under way is. @throws StaleFence when a later one has begun */
export async function takeFence(context: ActivityContext, key: TaskKey): Promise<Fence> {
  const step = currentFence(context, key);
  await registerFence(context.db, step);
  return step;
}

/** A run that goes on does so within this time: soon enough for a person, and a question a second or two costs nothing. */
const PAUSED_MS = 2_000;

/**
 * A paused run starts nothing: what was scheduled before the pause, or is tried again in it, waits for the run to go on.
 * @throws ApplicationFailure, for Temporal to try again
 */
export function requireNotPaused({ status }: Pick<RunRecord, 'status'>): void {
  if (status !== 'paused') return;
  throw ApplicationFailure.create({
    message: 'The run is paused: this begins when it goes on',
    type: 'RunPaused',
    nextRetryDelay: PAUSED_MS,
  });
}
