import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { hangUp, refusalOfBroken } from './refuse-socket.js';
import {
  IDLE_SOCKET_MS,
  MAX_HEADER_BYTES,
  REQUEST_TIMEOUT_MS,
  TIMEOUT_CHECK_MS,
  type NotifierLimits,
} from './server-limits.js';
import { peerOf } from './client-address.js';

/** An HTTP server that bears what strangers send, and answers it in our own words. Answers no request yet. */
export function createHardenedServer(limits: Pick<NotifierLimits, 'connections'>): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // A request without one is refused like one with a wrong one, in our words instead of Node's.
    requireHostHeader: false,
  });
  server.timeout = IDLE_SOCKET_MS;
  server.maxConnections = limits.connections.overall;
  limitPeers(server, limits.connections.perPeer);
  server.on('clientError', (error, socket) => {
    const refusal = refusalOfBroken(error);
    if (refusal === null) socket.destroy();
    else hangUp(socket, refusal);
  });
  server.on('checkExpectation', ({ socket }) =>
    hangUp(socket, { status: 417, detail: 'Only `Expect: 100-continue` is met.' }),
  );
  // Not a proxy.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    hangUp(socket, { status: 405, detail: 'This is no proxy.' });
  });
  return server;
}

/** One that has too many connections open gets no more. Before a request there is nobody to tell why. */
function limitPeers(server: Server, perPeer: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const peer = peerOf(socket.remoteAddress);
    const others = open.get(peer) ?? 0;
    if (others >= perPeer) {
      socket.destroy();
      return;
    }
    open.set(peer, others + 1);
    socket.once('close', () => {
      const left = (open.get(peer) ?? 1) - 1;
      if (left === 0) open.delete(peer);
      else open.set(peer, left);
    });
  });
}
