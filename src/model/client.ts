import type Anthropic from '@anthropic-ai/sdk';
import type { MessagesEndpoint } from './endpoint.js';
import { fetchOnWire } from './wire.js';

const clients = new Map<string, Anthropic>();

/** The longest `timeout.generate` of a plan is a day. The SDK's own timeout must be longer. */
const LONGEST_CALL_MS = 25 * 3_600_000;

/**
 * Options of each SDK's client. Its retries are off, because Temporal retries. Its timeout is off as well, because the
 * caller's signal limits each call.
 */
export const CLIENT_OPTIONS = {
  maxRetries: 0,
  timeout: LONGEST_CALL_MS,
  fetch: fetchOnWire,
  // Requests and answers belong in the database, not in a log.
  logLevel: 'off',
} as const;

/**
 * Returns the client of a Messages API, one per endpoint and process: a new client for each call would cost about 28 ms
 * of processor time and 0.8 MB.
 */
export async function clientFor({ baseUrl, apiKey }: MessagesEndpoint): Promise<Anthropic> {
  const { Anthropic } = await import('./messages-sdk.js');
  const key = JSON.stringify([baseUrl, apiKey]);
  const known = clients.get(key);
  if (known !== undefined) return known;
  // The SDK refuses to call without a key, so a local server that needs none gets a placeholder.
  const secret = apiKey ?? 'none';
  const client = new Anthropic({
    apiKey: secret,
    // The SDK sends `authorization: Bearer`, as in the newest version of the API. Servers and gateways with an earlier
    // version read this header.
    defaultHeaders: { 'x-api-key': secret },
    authToken: null,
    baseURL: baseUrl ?? null,
    ...CLIENT_OPTIONS,
  });
  clients.set(key, client);
  return client;
}
