import type { BlockerId, RunId } from '../contract/ids.js';
import { listDueNotifications } from '../db/notifications.js';
import type { ActivityContext } from './support/activity-context.js';

/** Blockers whose notification has not been delivered yet, and whether there are more than these. */
export async function pendingNotifications(
  context: ActivityContext,
  { runId }: { readonly runId: RunId },
): Promise<{ readonly blockers: readonly BlockerId[]; readonly more: boolean }> {
  return listDueNotifications(context.db, runId);
}
