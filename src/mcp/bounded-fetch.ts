/** The `fetch` of a session with a remote server: what it receives is bounded. */
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { MESSAGE_BYTES, SESSION_BYTES, SESSION_LINES } from './session-limits.js';

/** Lines of an event: its message, and the empty line that ends it. */
const LINES_OF_EVENT = 2;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Messages in one body. It answers one request, and each message is checked before the first is delivered. */
const MESSAGES_OF_BODY = 100;

/** Statuses whose responses have no body. */
const WITHOUT_BODY = [101, 204, 205, 304];

/**
 * Creates a `fetch` whose responses together have at most SESSION_BYTES, and events for SESSION_LINES messages, each message
 * within MESSAGE_BYTES. Redirects are left to its caller, which follows none to another origin.
 * @param onFlood called with the reason once a bound is exceeded: a sentence without its full stop
 */
export function createBoundedFetch(onFlood: (reason: string) => void): FetchLike {
  let bytes = 0;
  let lines = 0;
  const refuse = (reason: string): never => {
    onFlood(reason);
    throw new Error(`The server is not listened to: ${reason}`);
  };
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, statusText, headers } = response;
    if (response.body === null || WITHOUT_BODY.includes(status)) return response;
    // The body of any answer to a GET is read as events.
    const isEvents = init?.method === 'GET' || mediaType(headers) === 'text/event-stream';
    const message = isEvents ? new Events() : new Body();
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        lines += message.add(chunk);
        if (bytes > SESSION_BYTES || lines > LINES_OF_EVENT * SESSION_LINES) refuse('it sent too much');
        if (message.longest > MESSAGE_BYTES) refuse(`it sent a message of more than ${MESSAGE_BYTES} bytes`);
        controller.enqueue(chunk);
      },
    });
    const bounded = new Response(response.body.pipeThrough(counted), { status, statusText, headers });
    const json = bounded.json.bind(bounded);
    return Object.assign(bounded, {
      json: async (): Promise<unknown> => {
        const value: unknown = await json();
        return Array.isArray(value) && value.length > MESSAGES_OF_BODY
          ? refuse('it sent too many messages')
          : value;
      },
    });
  };
}

/** The type without its parameters, in small letters. */
function mediaType(headers: Headers): string | undefined {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** Counts a body that is one message. */
class Body {
  longest = 0;

  /** Returns the number of lines that count. */
  add(chunk: Uint8Array): number {
    this.longest += chunk.length;
    return 0;
  }
}

/** Counts events. An empty line ends one; a line ends with a line feed, a carriage return or both. */
class Events {
  longest = 0;
  private bytes = 0;
  private isLineEmpty = true;
  private isAfterReturn = false;

  add(chunk: Uint8Array): number {
    let lines = 0;
    for (const byte of chunk) {
      const isSecondHalf = byte === LINE_FEED && this.isAfterReturn;
      this.isAfterReturn = byte === CARRIAGE_RETURN;
      if (isSecondHalf) continue;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        lines += 1;
        if (this.isLineEmpty) this.bytes = 0;
        this.isLineEmpty = true;
      } else {
        this.bytes += 1;
        this.longest = Math.max(this.longest, this.bytes);
        this.isLineEmpty = false;
      }
    }
    return lines;
  }
}
