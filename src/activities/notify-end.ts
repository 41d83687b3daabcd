import { ApplicationFailure, Context } from '@temporalio/activity';
import { readEndNotification, settleEndNotification } from '../db/notifications.js';
import { readRunView } from '../db/run-view.js';
import type { RunId } from '../contract/ids.js';
import type { ActivityContext } from './support/activity-context.js';
import { deliver } from './support/deliver.js';
import { withHeartbeats } from './support/heartbeat.js';

/** The lead waits for the notification, so a receiver that fails three times in a row is not told. */
const ATTEMPTS = 3;

/** The addresses of the pages are not known to every worker, and lead nowhere on the receiver's machine. */
const NO_URLS = { dashboard: '', temporal: null };

/**
 * Notifies of a run's end through the plan's `on_end`, with the run as `status --json` prints it but for its addresses.
 * At least once: if the worker is killed after the delivery, the retry delivers again. Does nothing when this end was
 * told before.
 * @param input `last` makes this attempt the only one
 * @throws a retryable failure while tries are left, then a final one
 */
export async function notifyEnd(
  context: ActivityContext,
  { runId, last }: { readonly runId: RunId; readonly last: boolean },
): Promise<void> {
  await withHeartbeats(async () => {
    const [notification, view] = await Promise.all([
      readEndNotification(context.db, runId),
      readRunView(context.db, runId, NO_URLS),
    ]);
    if (notification === null || view === null) return;
    const { onEnd, repository, finishedAt } = notification;
    const value = { ...view, urls: undefined };
    const id = `${runId}:end:${finishedAt.getTime()}`;
    const { cancellationSignal, info, log } = Context.current();
    const delivery = { receiver: onEnd, option: 'on_end', id, value, repository } as const;
    const problem = await deliver(context, delivery, cancellationSignal);
    const isLast = last || info.attempt >= ATTEMPTS;
    if (problem === null || isLast) await settleEndNotification(context.db, runId, notification);
    if (problem === null) return;
    log.warn(`could not notify of the end of run ${runId}`, { problem });
    throw ApplicationFailure.create({
      message: `Could not notify of the end of the run ${runId}`,
      type: 'NotTold',
      nonRetryable: isLast,
    });
  });
}
