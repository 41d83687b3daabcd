/** The `fetch` of a session with a remote server: what it receives is bounded, and a lost answer is noticed. */
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { fetchOnWire, WITHOUT_BODY, wireErrorOf } from '../model/wire.js';
import { MESSAGE_BYTES, SESSION_BYTES, SESSION_LINES } from './session-limits.js';

/** Lines of an event: its message, and the empty line that ends it. */
const LINES_OF_EVENT = 2;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Messages in one body. It answers one request, and each message is checked before the first is delivered. */
const MESSAGES_OF_BODY = 100;

export interface FetchEvents {
  /** A bound was exceeded. The reason is a sentence without its full stop. */
  readonly onFlood: (reason: string) => void;
  /**
   * The response to a message has ended, and what it held was delivered. An answer that is missing then never comes.
   * @param message the request's body
   * @param error why it broke; null when it ended as it should
   */
  readonly onEnd: (message: string, error: Error | null) => void;
}

/**
 * Creates a `fetch` whose responses together have at most SESSION_BYTES, and events for SESSION_LINES messages, each message
 * within MESSAGE_BYTES. It has no time limit but its caller's signal. Redirects are left to its caller, which follows none to
 * another origin. Errors of the connection are of the class WireError.
 */
export function createBoundedFetch({ onFlood, onEnd }: FetchEvents): FetchLike {
  let bytes = 0;
  let lines = 0;
  const refuse = (reason: string): never => {
    onFlood(reason);
    throw new Error(`The server is not listened to: ${reason}`);
  };
  return async (url, init) => {
    const response = await fetchOnWire(url, init);
    const { status, statusText, headers } = response;
    const message =
      response.ok && init?.method === 'POST' && typeof init.body === 'string' ? init.body : null;
    const end = (error: Error | null = null) => {
      // The SDK reads what was received before the end in microtasks.
      if (message !== null) setImmediate(() => onEnd(message, error));
    };
    if (response.body === null || WITHOUT_BODY.includes(status)) {
      end();
      return response;
    }
    // The body of any answer to a GET is read as events.
    const isEvents = init?.method === 'GET' || mediaType(headers) === 'text/event-stream';
    const counter = isEvents ? new Events() : new Body();
    const count = (chunk: Uint8Array) => {
      bytes += chunk.length;
      lines += counter.add(chunk);
      if (bytes > SESSION_BYTES || lines > LINES_OF_EVENT * SESSION_LINES) refuse('it sent too much');
      if (counter.longest > MESSAGE_BYTES) refuse(`it sent a message of more than ${MESSAGE_BYTES} bytes`);
    };
    const bounded = new Response(observed(response.body, count, end), { status, statusText, headers });
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

/**
 * The same body, observed.
 * @param count may throw: then the body ends with this error
 * @param onEnd called at its end, also when it broke or its reader cancelled it
 */
function observed(
  body: ReadableStream<Uint8Array>,
  count: (chunk: Uint8Array) => void,
  onEnd: (error?: Error) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            onEnd();
          } else {
            count(value);
            controller.enqueue(value);
          }
        } catch (thrown) {
          const error = wireErrorOf(thrown);
          void reader.cancel(error).catch(() => undefined);
          controller.error(error);
          onEnd(error);
        }
      },
      cancel: (reason) => {
        onEnd();
        return reader.cancel(reason);
      },
    },
    // No read-ahead: what is not asked for is not counted.
    { highWaterMark: 0 },
  );
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
