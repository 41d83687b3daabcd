import Anthropic from '@anthropic-ai/sdk';
import type { Environment } from '../config.js';
import { nonEmpty } from '../config.js';

/** Where model calls go. The scripted model is a server of our own on loopback. */
export interface ModelEndpoint {
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
}

/** The endpoint of a process, as the SDK reads it: ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY. */
export function endpointOf(env: Environment): ModelEndpoint {
  return { baseUrl: nonEmpty(env['ANTHROPIC_BASE_URL']), apiKey: nonEmpty(env['ANTHROPIC_API_KEY']) };
}

/** Whether a run on a person's own repository has a model to call at all. */
export function hasModel(endpoint: ModelEndpoint): boolean {
  return endpoint.baseUrl !== undefined || endpoint.apiKey !== undefined;
}

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
    // Requests and answers in a log are content, and content is the record's.
    logLevel: 'off',
  });
  clients.set(key, client);
  return client;
}

/** The plan's longest `timeout.generate` is a day; the SDK's own limit must not come before it. */
const LONGEST_CALL_MS = 25 * 3_600_000;
