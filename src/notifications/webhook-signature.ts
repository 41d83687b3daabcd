/**
 * Signing what is sent to a webhook, as Standard Webhooks has it (standardwebhooks.com), so that receivers find a
 * library for it: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Pure.
 */
import { createHmac } from 'node:crypto';
import { nonEmpty, type Environment } from '../shared/config.js';

/** A secret in this form is base64; any other one is taken as it is written. */
const BASE64_SECRET = /^whsec_([A-Za-z0-9+/]+=*)$/;

/** What the token is mixed with: whoever checks signatures must not hold the key to the API. */
const PURPOSE = 'leadwright webhook';

/** The key: LEADWRIGHT_WEBHOOK_SECRET or, without one, a key that is made of the token. */
export function webhookKey(env: Environment, token: string): Buffer {
  const secret = nonEmpty(env['LEADWRIGHT_WEBHOOK_SECRET']);
  if (secret === undefined) return createHmac('sha256', token).update(PURPOSE).digest();
  const base64 = BASE64_SECRET.exec(secret)?.[1];
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64');
}

/** The headers that sign a body. The id is the same however often it is sent: the receiver can tell. */
export function signHeaders(key: Buffer, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
