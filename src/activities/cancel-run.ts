import { cancelRun as recordCancellation } from '../db/task-status.js';
import { readRun } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import { publish } from './publish-branch.js';
import type { Workplace } from './activity-context.js';
import { withHeartbeats } from './heartbeat.js';

/** The last word on a cancelled run: what has not ended is cancelled, and its branch holds all that landed. */
export async function cancelRun(place: Workplace, { runId }: { readonly runId: RunId }): Promise<void> {
  await withHeartbeats(async () => {
    const run = await readRun(place.db, runId);
    await publish(place, run);
    await recordCancellation(place.db, runId);
  });
}
