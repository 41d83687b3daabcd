/** Undici as the calls of models and MCP servers use it. Loaded at the first call, because loading it takes long. */
import { Agent, request, type Dispatcher } from 'undici';

/**
 * Undici's default dispatcher times out after five minutes without data. A slow local model reads the whole conversation
 * before it sends anything, so only the call's own timeout applies.
 */
const noTimeouts = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** Sends a request. Its timeout is the caller's signal. */
export function send(
  url: string | URL,
  options: Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body' | 'signal'>,
): Promise<Dispatcher.ResponseData> {
  return request(url, { ...options, dispatcher: noTimeouts });
}
