import type { RunStatus } from '../contract/run-status.js';
import type { RunId } from '../contract/ids.js';
import { INTERNAL } from '../db/run-stop.js';
import { reportRun as recordStatus } from '../db/task-status.js';
import type { ActivityContext } from './support/activity-context.js';
import { takeRunFence } from './support/fence.js';

/** Records the lead's status of the run. @returns the recorded status: a run that has ended keeps its own */
export async function reportRun(
  context: ActivityContext,
  { runId, status, reason }: { readonly runId: RunId; readonly status: RunStatus; readonly reason?: string },
): Promise<RunStatus> {
  const end = reason === undefined ? undefined : { code: INTERNAL, reason };
  return recordStatus(context.db, await takeRunFence(context, runId), status, end);
}
