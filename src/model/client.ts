import Anthropic from '@anthropic-ai/sdk';
import type { ModelEndpoint } from './endpoint.js';
import { fetchOnWire } from './wire.js';

const clients = new Map<string, Anthropic>();

/**
 * One client per endpoint and process: a client a call costs some 28 ms of processor and 0.8 MB each time.
 * The SDK's own retries are off: Temporal owns retries. Its own time-out is off as well: the caller's signal
 * bounds each call.
 */
export function clientFor({ baseUrl, apiKey }: ModelEndpoint): Anthropic {
  const key = JSON.stringify([baseUrl, apiKey]);
  const known = clients.get(key);
  if (known !== undefined) return known;
  // A local server that asks for no key still gets one: without any, the SDK refuses to call.
  const secret = apiKey ?? 'none';
  const client = new Anthropic({
    apiKey: secret,
    // The SDK sends `authorization: Bearer`, as the API's newest version has it. Servers and gateways that
    // speak an earlier one look here.
    defaultHeaders: { 'x-api-key': secret },
    authToken: null,
    baseURL: baseUrl ?? null,
    maxRetries: 0,
    timeout: LONGEST_CALL_MS,
    fetch: fetchOnWire,
    // Requests and answers in a log are content, and content is the record's.
    logLevel: 'off',
  });
  clients.set(key, client);
  return client;
}

/** The plan's longest `timeout.generate` is a day; the SDK's own limit must not come before it. */
const LONGEST_CALL_MS = 25 * 3_600_000;
