import { cancelRun } from '../db/task-status.js';
import { readRun } from '../db/task-record.js';
import type { RunId } from '../contract/ids.js';
import { publish } from './publish-branch.js';
import type { Workplace } from './activity-context.js';

/** The last word on a cancelled run: what has not ended is cancelled, and its branch holds all that landed. */
export async function cancel(place: Workplace, runId: RunId): Promise<void> {
  const run = await readRun(place.db, runId);
  await publish(place, run);
  await cancelRun(place.db, runId);
}
