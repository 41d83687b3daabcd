import { ApplicationFailure, Context } from '@temporalio/activity';
import { readNotification, recordDelivery, type BlockerNotification } from '../db/notifications.js';
import { runNotifyCommand } from '../notifications/notify-command.js';
import { signHeaders, webhookKey } from '../notifications/webhook-signature.js';
import { postWebhook } from '../notifications/webhook.js';
import { obtainToken } from '../shared/token.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import { withCancellationWhileAwaited } from './heartbeat.js';
import type { ActivityContext } from './activity-context.js';

/**
 * Tells somebody of a blocker by the plan's `on_blocker`, once for each try; what came of it is recorded after it,
 * so that one whose worker was killed meanwhile is tried again: the same blocker may be told twice, never not at all.
 * A blocker that was told, or answered, is left alone.
 * @throws a retryable failure as long as there are tries left
 */
export async function notify(
  context: ActivityContext,
  { runId, blockerId }: { readonly runId: RunId; readonly blockerId: BlockerId },
): Promise<void> {
  await withCancellationWhileAwaited(context, runId, async (signal) => {
    const telling = await readNotification(context.db, blockerId);
    if (telling === null) return;
    const problem = await tryToTell(context, telling, signal);
    await recordDelivery(context.db, blockerId, problem === null);
    if (problem === null) return;
    Context.current().log.warn(`nobody could be told of the blocker ${blockerId}`, { problem });
    throw ApplicationFailure.create({
      message: `Nobody could be told of the blocker ${blockerId}`,
      type: 'NotTold',
      nonRetryable: (await readNotification(context.db, blockerId)) === null,
    });
  });
}

async function tryToTell(
  context: ActivityContext,
  { blocker, onBlocker, repository }: BlockerNotification,
  signal: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify(blocker);
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
