/**
 * Signatures of webhook requests, by the Standard Webhooks specification (standardwebhooks.com), for which receivers find
 * libraries: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Pure.
 */
import { createHmac } from 'node:crypto';
import { nonEmpty, type Environment } from '../shared/config.js';

/** A secret of this form is base64. Any other secret is used as it is written. */
const BASE64_SECRET = /^whsec_([A-Za-z0-9+/]+=*)$/;

/** Derives the default key from the token, so that a receiver that checks signatures cannot use the API. */
const PURPOSE = 'leadwright webhook';

/** The signing key: LEADWRIGHT_WEBHOOK_SECRET or, when unset, a key derived from the token. */
export function webhookKey(env: Environment, token: string): Buffer {
  const secret = nonEmpty(env['LEADWRIGHT_WEBHOOK_SECRET']);
  if (secret === undefined) return createHmac('sha256', token).update(PURPOSE).digest();
  const base64 = BASE64_SECRET.exec(secret)?.[1];
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64');
}

/** Creates the headers that sign a body. Every retry has the same id, so that the receiver can detect duplicates. */
export function signHeaders(key: Buffer, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
