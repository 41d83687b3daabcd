import { ApplicationFailure, Context } from '@temporalio/activity';
import { readNotification, recordDelivery, type BlockerNotification } from '../db/notifications.js';
import { runNotice } from '../notifications/notify-command.js';
import { signedHeaders, webhookKey } from '../notifications/webhook-signature.js';
import { post } from '../notifications/webhook.js';
import { obtainToken } from '../shared/token.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import { beatingWhileAwaited } from './heartbeat.js';
import type { Workplace } from './activity-context.js';

/**
 * Tells somebody of a blocker by the plan's `on_blocker`, once for each try; what came of it is recorded after it,
 * so that one whose worker was killed meanwhile is tried again: the same blocker may be told twice, never not at all.
 * A blocker that was told, or answered, is left alone.
 * @throws a retryable failure as long as there are tries left
 */
export async function notify(
  place: Workplace,
  { runId, blockerId }: { readonly runId: RunId; readonly blockerId: BlockerId },
): Promise<void> {
  await beatingWhileAwaited(place, runId, async (signal) => {
    const telling = await readNotification(place.db, blockerId);
    if (telling === null) return;
    const problem = await tryToTell(place, telling, signal);
    await recordDelivery(place.db, blockerId, problem === null);
    if (problem === null) return;
    Context.current().log.warn(`nobody could be told of the blocker ${blockerId}`, { problem });
    throw ApplicationFailure.create({
      message: `Nobody could be told of the blocker ${blockerId}`,
      type: 'NotTold',
      nonRetryable: (await readNotification(place.db, blockerId)) === null,
    });
  });
}

async function tryToTell(
  place: Workplace,
  { blocker, onBlocker, repository }: BlockerNotification,
  signal: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify(blocker);
  switch (onBlocker.kind) {
    case 'command':
      return runNotice({
        command: onBlocker.command,
        folder: repository,
        input: `${body}\n`,
        env: place.env,
        signal,
      });
    case 'url': {
      const { value: token } = await obtainToken(place.paths.token, place.env);
      return post({
        url: onBlocker.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'leadwright',
          ...signedHeaders(webhookKey(place.env, token), blocker.id, new Date(), body),
        },
        body,
        allowPrivate: place.env['LEADWRIGHT_WEBHOOK_PRIVATE'] === 'allow',
        signal,
      });
    }
  }
}
