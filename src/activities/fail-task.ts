import { Context } from '@temporalio/activity';
import type { RunId, TaskId } from '../contract/ids.js';
import { failTask as recordFailure } from '../db/task-status.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeFence } from './support/fence.js';

/** Records that a task failed, and the reason for people. */
export async function failTask(
  context: ActivityContext,
  { reason, ...task }: { readonly runId: RunId; readonly taskId: TaskId; readonly reason: string },
): Promise<void> {
  const activity = Math.trunc(Context.current().info.scheduledTimestampMs);
  await recordFailure(context.db, await takeFence(context, task), reason, activity);
}
