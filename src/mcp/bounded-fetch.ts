/** The `fetch` of a session with a remote server: what it receives is bounded. */
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { SESSION_BYTES } from './session-limits.js';

/** Statuses whose responses have no body. */
const WITHOUT_BODY = [101, 204, 205, 304];

/**
 * Creates a `fetch` whose responses together have at most SESSION_BYTES. Redirects are left to its caller, which follows
 * none to another origin.
 * @param onFlood called with the reason once the bound is exceeded: a sentence without its full stop
 */
export function createBoundedFetch(onFlood: (reason: string) => void): FetchLike {
  let bytes = 0;
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, statusText, headers } = response;
    if (response.body === null || WITHOUT_BODY.includes(status)) return response;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (bytes <= SESSION_BYTES) controller.enqueue(chunk);
        else {
          onFlood('it sent too much');
          controller.error(new Error('The server sent too much'));
        }
      },
    });
    return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
  };
}
