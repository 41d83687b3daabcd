import { Context } from '@temporalio/activity';
import {
  registerRunFence,
  registerFence,
  type RunFence,
  type Fence,
  type TaskKey,
} from '../../db/fencing.js';
import type { RunId } from '../../contract/ids.js';
import type { ActivityContext } from './activity-context.js';

/**
 * The fencing token of the current activity attempt. It holds the worker id as of now: the process may continue under
 * another id later. It is ordered by the time at which the attempt (not the activity) was scheduled: if the server's
 * clock is ever set back, a later attempt becomes the newest again.
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

/** Registers the current attempt of an activity on a whole run. @throws StaleFence if a newer attempt has begun */
export async function takeRunFence(context: ActivityContext, runId: RunId): Promise<RunFence> {
  const { currentAttemptScheduledTimestampMs, attempt } = Context.current().info;
  const at = Math.trunc(currentAttemptScheduledTimestampMs);
  const fence = { runId, at, attempt, worker: context.worker.id };
  await registerRunFence(context.db, fence);
  return fence;
}

/** Registers the current attempt of an activity on a task. @throws StaleFence if a newer attempt has begun */
export async function takeFence(context: ActivityContext, key: TaskKey): Promise<Fence> {
  const fence = currentFence(context, key);
  await registerFence(context.db, fence);
  return fence;
}
