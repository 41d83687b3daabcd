/** The client side of the notifier's WebSockets. */
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../contract/events.js';
import { requirePrivateFolder } from '../files/private-folder.js';

/** The notifier refused the connection with an HTTP status. */
export class ConnectionRefused extends Error {
  override readonly name = 'Refused';
  constructor(readonly status: number) {
    super(`the notifier refused with ${status}`);
  }
}

/** The notifier may have to query a slow database first. A handshake that takes longer hangs. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The notifier pings every 30 s. After two and a half missed pings the connection is dead. */
const SILENCE_MS = 75_000;

/** Where a notifier listens: its base URL (`http:` or `https:`), or its Unix socket. */
export type NotifierAddress = string | { readonly socket: string };

/**
 * Starts to connect to a path of the notifier. Every failure to connect ends in a `close` event.
 * @throws EnvironmentError when another user could have made the Unix socket: the token would go there
 */
export function connectWebSocket(
  address: NotifierAddress,
  path: string,
  token: string,
  maxPayload: number,
): WebSocket {
  const url = new URL(path, typeof address === 'string' ? address : 'http://localhost');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (typeof address !== 'string') requirePrivateFolder(dirname(address.socket));
  const socket = new WebSocket(url, SUBPROTOCOL, {
    ...(typeof address === 'string' ? {} : { createConnection: () => connect(address.socket) }),
    // In a header, because URLs end up in logs.
    headers: { Authorization: `Bearer ${token}` },
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload,
    perMessageDeflate: false,
  });
  // Callers that wait have their own error listeners. Without any listener Node would throw.
  socket.on('error', () => undefined);
  return socket;
}

/** Waits until the socket is open. @throws Refused when the notifier refuses, another Error when it cannot be reached */
export async function waitUntilOpen(socket: WebSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('unexpected-response', (request, response) => {
      response.resume();
      request.destroy();
      reject(new ConnectionRefused(response.statusCode ?? 0));
    });
  });
}

/**
 * Ends the connection when nothing arrives for SILENCE_MS: a server whose machine is gone does not even close it.
 * @returns a function that stops watching
 */
export function watchSilence(socket: WebSocket): () => void {
  const timer = setTimeout(() => socket.terminate(), SILENCE_MS);
  const restart = () => void timer.refresh();
  socket.on('open', restart).on('ping', restart).on('message', restart);
  return () => clearTimeout(timer);
}

/** The text of a message. */
export function messageText(data: unknown): string {
  // `binaryType` has its default, which gives a Buffer.
  if (!Buffer.isBuffer(data)) throw new TypeError('a WebSocket message is a Buffer');
  return data.toString('utf8');
}
