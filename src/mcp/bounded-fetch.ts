/** The `fetch` of a session with a remote server: what it receives is bounded. */
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { SESSION_BYTES, SESSION_LINES } from './session-limits.js';

/** Lines of an event: its message, and the empty line that ends it. */
const LINES_OF_EVENT = 2;
const LINE_END = 0x0a;

/** Statuses whose responses have no body. */
const WITHOUT_BODY = [101, 204, 205, 304];

/**
 * Creates a `fetch` whose responses together have at most SESSION_BYTES, and events for SESSION_LINES messages. Redirects are left to its caller, which follows
 * none to another origin.
 * @param onFlood called with the reason once the bound is exceeded: a sentence without its full stop
 */
export function createBoundedFetch(onFlood: (reason: string) => void): FetchLike {
  let bytes = 0;
  let lines = 0;
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, statusText, headers } = response;
    if (response.body === null || WITHOUT_BODY.includes(status)) return response;
    const isEvents = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        if (isEvents) lines += countLines(chunk);
        if (bytes <= SESSION_BYTES && lines <= LINES_OF_EVENT * SESSION_LINES) controller.enqueue(chunk);
        else {
          onFlood('it sent too much');
          controller.error(new Error('The server sent too much'));
        }
      },
    });
    return new Response(response.body.pipeThrough(counted), { status, statusText, headers });
  };
}

function countLines(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) lines += 1;
  return lines;
}
