import { ApplicationFailure, Context } from '@temporalio/activity';
import { readNotification, recordDelivery, type BlockerNotification } from '../db/notifications.js';
import { runNotifyCommand } from '../notifications/notify-command.js';
import { signHeaders, webhookKey } from '../notifications/webhook-signature.js';
import { postWebhook } from '../notifications/webhook.js';
import { showInvisible } from '../shared/visible-text.js';
import { obtainToken } from '../shared/token.js';
import type { BlockerId, RunId } from '../contract/ids.js';
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
    const problem = await deliver(context, notification, signal);
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

/** @returns null when it was delivered, else the problem */
async function deliver(
  context: ActivityContext,
  { blocker, onBlocker, repository }: BlockerNotification,
  signal: AbortSignal,
): Promise<string | null> {
  // Its receiver may print it: a chat, a mail, a terminal. JSON's own escapes leave the values unchanged.
  const body = showInvisible(JSON.stringify(blocker));
  switch (onBlocker.kind) {
    case 'command':
      return runNotifyCommand({
        command: onBlocker.command,
        folder: repository,
        input: `${body}\n`,
        env: context.env,
        signal,
      });
    case 'url': {
      const { value: token } = await obtainToken(context.paths.token, context.env);
      return postWebhook({
        url: onBlocker.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'leadwright',
          ...signHeaders(webhookKey(context.env, token), blocker.id, new Date(), body),
        },
        body,
        allowPrivate: context.env['LEADWRIGHT_WEBHOOK_PRIVATE'] === 'allow',
        signal,
      });
    }
  }
}
