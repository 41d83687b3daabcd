import { on } from 'node:events';
import { WebSocket } from 'ws';
import type { RunId } from '../../ids.js';
import { SUBPROTOCOL } from '../../notifier/access.js';

/** The notifier answered, and did not let us in. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly status: number) {
    super(`the notifier refused with ${status}`);
  }
}

export interface ConnectionOptions {
  /** The notifier's base URL, `http:` or `https:`. */
  readonly url: string;
  readonly token: string;
  readonly runId: RunId;
  /** The seq of the last event that is known. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** The notifier looks the run up in its database, which may be slow once; longer means that it is stuck. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The notifier pings every 30 s: after two missed ones and a half the connection is dead. */
const SILENCE_MS = 75_000;
/** An event is some hundred bytes, with a long list of files some thousand; this only bounds a broken server. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Who reads slowly stops the socket, not fills the memory: some seconds of the busiest run. */
const MESSAGES_AHEAD = { highWaterMark: 500, lowWaterMark: 100 } as const;

/**
 * The messages of one connection, until it ends or the signal is aborted. Throws Refused when the notifier
 * does not let us in, another Error when there is no connection to be had.
 */
export async function* messagesOf(options: ConnectionOptions): AsyncGenerator<string, void> {
  const socket = new WebSocket(eventsUrl(options), SUBPROTOCOL, {
    // In a header: URLs end up in logs.
    headers: { Authorization: `Bearer ${options.token}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const hangUp = () => socket.terminate();
  // Whatever goes wrong ends in `close`; those who wait learn of the error on their own.
  socket.on('error', () => undefined);
  options.signal.addEventListener('abort', hangUp, { once: true });
  const stopWatching = watchSilence(socket);
  try {
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', {
      close: ['close'],
      ...MESSAGES_AHEAD,
    });
    await opened(socket);
    for await (const [data] of messages) yield textOf(data);
  } finally {
    stopWatching();
    options.signal.removeEventListener('abort', hangUp);
    socket.terminate();
  }
}

function eventsUrl({ url, runId, after }: ConnectionOptions): URL {
  const events = new URL('/events', url);
  events.protocol = events.protocol === 'https:' ? 'wss:' : 'ws:';
  events.searchParams.set('run', runId);
  events.searchParams.set('after', String(after));
  return events;
}

async function opened(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('unexpected-response', (request, response) => {
      response.resume();
      request.destroy();
      reject(new Refused(response.statusCode ?? 0));
    });
  });
}

/** A peer whose machine went away sends nothing, not even an end. Returns how to stop watching. */
function watchSilence(socket: WebSocket): () => void {
  const timer = setTimeout(() => socket.terminate(), SILENCE_MS);
  const heard = () => void timer.refresh();
  socket.on('open', heard).on('ping', heard).on('message', heard);
  return () => clearTimeout(timer);
}

function textOf(data: unknown): string {
  // The default of `binaryType`, which nobody changed.
  if (!Buffer.isBuffer(data)) throw new TypeError('a WebSocket message is a Buffer');
  return data.toString('utf8');
}
