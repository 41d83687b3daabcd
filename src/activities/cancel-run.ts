import { Context } from '@temporalio/activity';
import { messageOf } from '../contract/errors.js';
import { settleCallsOfCancelledRun } from '../db/calls.js';
import { cancelRun as recordCancellation } from '../db/task-status.js';
import { readRun, type RunRecord } from '../db/task-record.js';
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
    await publishIfPossible(context, run);
    await recordCancellation(context.db, runId);
    // Those of a worker that was killed: nobody makes them again.
    await settleCallsOfCancelledRun(context.db, runId);
  });
}

/**
 * Attempts for which the cancellation waits for a publication that fails: about 70 seconds, which is longer than a lock
 * that a killed git left behind stays (STALE_LOCK_MS), and than a restart of the database takes.
 */
const PUBLISHING_ATTEMPTS = 12;

/** A run can be cancelled whatever is wrong with its branch: after a while without it, which leaves its work in the store. */
async function publishIfPossible(context: ActivityContext, run: RunRecord): Promise<void> {
  try {
    await publishRunBranch(context, run);
  } catch (error) {
    const { info, log } = Context.current();
    if (info.attempt < PUBLISHING_ATTEMPTS) throw error;
    log.warn(`could not publish the branch of the cancelled run ${run.id}`, { error: messageOf(error) });
  }
}
