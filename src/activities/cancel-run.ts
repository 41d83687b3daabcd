import { cancelRun as recordCancellation } from '../db/task-status.js';
import { readRun } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import { publishRunBranch } from './publish-branch.js';
import type { ActivityContext } from './activity-context.js';
import { withHeartbeats } from './heartbeat.js';

/** The last word on a cancelled run: what has not ended is cancelled, and its branch holds all that landed. */
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
