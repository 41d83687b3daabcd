import { EnvironmentError } from '../../contract/errors.js';
import type { Receiver } from '../../plan/plan-schema.js';
import { runNotifyCommand, type CommandNotification } from '../../notifications/notify-command.js';
import { signHeaders, webhookKey } from '../../notifications/webhook-signature.js';
import { postWebhook } from '../../notifications/webhook.js';
import { showInvisible } from '../../shared/words/visible-text.js';
import { obtainToken } from '../../shared/network/token.js';
import type { ActivityContext } from './activity-context.js';

/** A notification, and who gets it. */
export interface Delivery extends Pick<CommandNotification, 'option'> {
  readonly receiver: Receiver;
  /** The id of the message, which is the same in every attempt. */
  readonly id: string;
  /** What is sent, as JSON. */
  readonly value: unknown;
  /** The root of the user's repository. */
  readonly repository: string;
}

/**
 * Tries once to deliver a notification.
 * @returns null when it was delivered, else the problem
 * @throws the signal's reason, and a LostProcessError: neither says anything about the receiver
 */
export async function deliver(
  context: ActivityContext,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await send(context, delivery, signal);
  } catch (error) {
    // The repository was moved, say. Not counted as an attempt, it would be tried for ever, and the run would not end.
    if (error instanceof EnvironmentError) return `${error.message}. ${error.fix}`;
    throw error;
  }
}

async function send(
  context: ActivityContext,
  { receiver, option, id, value, repository }: Delivery,
  signal: AbortSignal,
): Promise<string | null> {
  // Its receiver may print it: a chat, a mail, a terminal. JSON's own escapes leave the values unchanged.
  const body = showInvisible(JSON.stringify(value));
  switch (receiver.kind) {
    case 'command':
      return runNotifyCommand({
        command: receiver.command,
        option,
        folder: repository,
        input: `${body}\n`,
        env: context.env,
        signal,
      });
    case 'url': {
      const { value: token } = await obtainToken(context.paths.token, context.env);
      return postWebhook({
        url: receiver.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'leadwright',
          ...signHeaders(webhookKey(context.env, token), id, new Date(), body),
        },
        body,
        allowPrivate: context.env['LEADWRIGHT_WEBHOOK_PRIVATE'] === 'allow',
        signal,
      });
    }
  }
}
