import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { refusalOfInvalidRequest, refuseSocket } from './refuse-socket.js';
import { IDLE_SOCKET_MS, MAX_HEADER_BYTES, REQUEST_TIMEOUT_MS, TIMEOUT_CHECK_MS } from './server-limits.js';

/** Creates an HTTP server that survives hostile input and refuses it with problem documents. It has no handlers yet. */
export function createHardenedServer(): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // The host check refuses a missing Host like a wrong one, with a problem document instead of Node's own response.
    requireHostHeader: false,
  });
  server.timeout = IDLE_SOCKET_MS;
  server.on('clientError', (error, socket) => {
    const refusal = refusalOfInvalidRequest(error);
    if (refusal === null) socket.destroy();
    else refuseSocket(socket, refusal);
  });
  server.on('checkExpectation', ({ socket }) =>
    refuseSocket(socket, { status: 417, detail: 'Only `Expect: 100-continue` is met.' }),
  );
  // CONNECT asks for a proxy.
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    refuseSocket(socket, { status: 405, detail: 'This is no proxy.' });
  });
  return server;
}
