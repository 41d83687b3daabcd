import { on } from 'node:events';
import type { RunId } from '../../contract/ids.js';
import { connectWebSocket, waitUntilOpen, messageText, watchSilence } from '../../shared/websocket.js';

export interface ConnectionOptions {
  /** The notifier's base URL, `http:` or `https:`. */
  readonly url: string;
  readonly token: string;
  readonly runId: RunId;
  /** The seq of the last event that is known. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** An event is some hundred bytes, with a long list of files some thousand; this only bounds a broken server. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Who reads slowly stops the socket, not fills the memory: some seconds of the busiest run. */
const BUFFERED_MESSAGES = { highWaterMark: 500, lowWaterMark: 100 } as const;

/**
 * The messages of one connection, until it ends or the signal is aborted. Throws Refused when the notifier
 * does not let us in, another Error when there is no connection to be had.
 */
export async function* messagesOf(options: ConnectionOptions): AsyncGenerator<string, void> {
  // An abort before this moment reaches no listener.
  if (options.signal.aborted) return;
  const socket = connectWebSocket(eventsUrl(options), options.token, MAX_MESSAGE_BYTES);
  const hangUp = () => socket.terminate();
  options.signal.addEventListener('abort', hangUp, { once: true });
  const stopWatching = watchSilence(socket);
  try {
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', {
      close: ['close'],
      ...BUFFERED_MESSAGES,
    });
    await waitUntilOpen(socket);
    for await (const [data] of messages) yield messageText(data);
  } finally {
    stopWatching();
    options.signal.removeEventListener('abort', hangUp);
    socket.terminate();
  }
}

function eventsUrl({ url, runId, after }: ConnectionOptions): URL {
  const events = new URL('/events', url);
  events.searchParams.set('run', runId);
  events.searchParams.set('after', String(after));
  return events;
}
