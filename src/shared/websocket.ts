/** The client's side of the notifier's WebSockets. */
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../contract/contract.js';

/** The notifier answered, and did not let us in. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly status: number) {
    super(`the notifier refused with ${status}`);
  }
}

/** The notifier may have to look something up in its database, which may be slow once; longer means that it is stuck. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The notifier pings every 30 s: after two missed ones and a half the connection is dead. */
const SILENCE_MS = 75_000;

/** Begins to connect to an `http:` or `https:` address. Whatever goes wrong ends in `close`. */
export function connectWebSocket(address: URL, token: string, maxPayload: number): WebSocket {
  const url = new URL(address);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, SUBPROTOCOL, {
    // In a header: URLs end up in logs.
    headers: { Authorization: `Bearer ${token}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload,
    perMessageDeflate: false,
  });
  // Those who wait learn of the error on their own.
  socket.on('error', () => undefined);
  return socket;
}

/** Resolves when it is open; throws Refused when it is not let in, another Error when there is no connection. */
export async function waitUntilOpen(socket: WebSocket): Promise<void> {
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
export function watchSilence(socket: WebSocket): () => void {
  const timer = setTimeout(() => socket.terminate(), SILENCE_MS);
  const heard = () => void timer.refresh();
  socket.on('open', heard).on('ping', heard).on('message', heard);
  return () => clearTimeout(timer);
}

/** What a text message says. */
export function messageText(data: unknown): string {
  // The default of `binaryType`, which nobody changed.
  if (!Buffer.isBuffer(data)) throw new TypeError('a WebSocket message is a Buffer');
  return data.toString('utf8');
}
