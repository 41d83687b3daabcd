import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { refusalOfInvalidRequest, refuseSocket } from './refuse-socket.js';
import {
  IDLE_SOCKET_MS,
  MAX_HEADER_BYTES,
  REQUEST_TIMEOUT_MS,
  TIMEOUT_CHECK_MS,
  type ServerLimits,
} from './server-limits.js';
import { clientAddress } from './client-address.js';

/** Creates an HTTP server that survives hostile input and refuses it with problem documents. It has no handlers yet. */
export function createHardenedServer(limits: Pick<ServerLimits, 'connections'>): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // The host check refuses a missing Host like a wrong one, with a problem document instead of Node's own response.
    requireHostHeader: false,
  });
  server.timeout = IDLE_SOCKET_MS;
  server.maxConnections = limits.connections.overall;
  limitAddresses(server, limits.connections.perAddress);
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

/** Closes connections beyond the limit of one address. Before a request there is no way to say why. */
function limitAddresses(server: Server, perAddress: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = clientAddress(socket.remoteAddress);
    const others = open.get(address) ?? 0;
    if (others >= perAddress) {
      socket.destroy();
      return;
    }
    open.set(address, others + 1);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}
