import { cancelRun as recordCancellation } from '../db/task-status.js';
import { readRun } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import { publishRunBranch } from './support/publish-branch.js';
import type { ActivityContext } from './support/activity-context.js';
import { withHeartbeats } from './support/heartbeat.js';

/** Records a run's cancellation: publishes what has landed, then cancels the tasks that have not ended. */
export async function cancelRun(
  context: ActivityContext,
  { runId }: { readonly runId: RunId },
): Promise<void> {
  await withHeartbeats(async () => {
    const run = await readRun(context.db, runId);
    await publishRunBranch(context, run);
    await recordCancellation(context.db, runId);
  });
}
