import { on } from 'node:events';
import type { RunId } from '../../contract/ids.js';
import {
  connectWebSocket,
  waitUntilOpen,
  messageText,
  watchSilence,
  type NotifierAddress,
} from '../../shared/network/websocket.js';

export interface ConnectionOptions {
  readonly address: NotifierAddress;
  readonly token: string;
  readonly runId: RunId;
  /** The seq of the last known event; the connection sends those after it. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** An event has a few hundred bytes, or a few thousand with a long list of files. The limit is for a broken server. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/**
 * Messages buffered before the socket is paused, so that a slow reader does not fill the memory. 500 are a few seconds
 * of the busiest run.
 */
const BUFFERED_MESSAGES = { highWaterMark: 500, lowWaterMark: 100 } as const;

/**
 * Yields the messages of one connection until it ends or the signal is aborted.
 * @throws Refused when the notifier refuses the connection; another Error when no connection can be made
 */
export async function* messagesOf(options: ConnectionOptions): AsyncGenerator<string, void> {
  // A listener that is added after the abort is never called.
  if (options.signal.aborted) return;
  const socket = connectWebSocket(options.address, eventsPath(options), options.token, MAX_MESSAGE_BYTES);
  const disconnect = () => socket.terminate();
  options.signal.addEventListener('abort', disconnect, { once: true });
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
    options.signal.removeEventListener('abort', disconnect);
    socket.terminate();
  }
}

function eventsPath({ runId, after }: ConnectionOptions): string {
  return `/events?${new URLSearchParams({ run: runId, after: String(after) }).toString()}`;
}
