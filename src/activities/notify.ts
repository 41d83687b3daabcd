import { ApplicationFailure, Context } from '@temporalio/activity';
import { readNotification, recordDelivery } from '../db/notifications.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import { deliver } from './support/deliver.js';
import { withCancellationWhileAwaited } from './support/heartbeat.js';
import type { ActivityContext } from './support/activity-context.js';

/**
 * Delivers the notification of a blocker through the plan's `on_blocker`: one try per activity attempt. The result is
 * recorded after the delivery, so delivery is at least once: if the worker is killed in between, the retry delivers
 * again. Does nothing when the notification was delivered, or the blocker was answered.
 * @throws a retryable failure while tries are left, then a final one
 */
export async function notify(
  context: ActivityContext,
  { runId, blockerId }: { readonly runId: RunId; readonly blockerId: BlockerId },
): Promise<void> {
  await withCancellationWhileAwaited(context, runId, async (signal) => {
    const notification = await readNotification(context.db, blockerId);
    if (notification === null) return;
    const { blocker, onBlocker, repository } = notification;
    const { id } = blocker;
    const delivery = { receiver: onBlocker, option: 'on_blocker', id, value: blocker, repository } as const;
    const problem = await deliver(context, delivery, signal);
    await recordDelivery(context.db, blockerId, problem === null);
    if (problem === null) return;
    Context.current().log.warn(`could not deliver the notification of blocker ${blockerId}`, { problem });
    throw ApplicationFailure.create({
      message: `Could not deliver the notification of blocker ${blockerId}`,
      type: 'NotTold',
      nonRetryable: (await readNotification(context.db, blockerId)) === null,
    });
  });
}
