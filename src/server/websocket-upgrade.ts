import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type ServerOptions } from 'ws';
import { SUBPROTOCOL } from '../contract/events.js';
import type { AccessChecks } from './access-checks.js';
import { CLOSE_GRACE_MS } from './events/follower.js';
import { refuseSocket } from './refuse-socket.js';
import { firstRefusal } from './request-check.js';
import { splitTarget } from './request-target.js';

/** Takes over a socket whose request was let in: opens the WebSocket, or refuses it. */
export type AcceptUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Handles WebSocket upgrades beside Hono, on the Node server itself: a refusal goes over the wire before there is a
 * WebSocket, and an admitted one needs its raw socket. The checks are those of `app.ts`, in the same order.
 */
export function serveUpgrades(
  server: Server,
  checks: AccessChecks,
  endpoints: ReadonlyMap<string, AcceptUpgrade>,
): void {
  server.on('upgrade', (request, socket, head) => {
    // The client may reset the connection meanwhile; there is nobody to tell.
    socket.on('error', () => undefined);
    const accept = endpoints.get(splitTarget(request.url ?? '').path);
    const refusal = firstRefusal(request, [
      checks.upgradeRate,
      checks.host,
      checks.origin,
      () => (accept === undefined ? { status: 404, detail: 'WebSockets are at /events.' } : null),
      checks.socketToken,
    ]);
    if (refusal !== null) refuseSocket(socket, refusal);
    else accept?.(request, socket, head);
  });
}

/** A WebSocket server for one endpoint. `maxPayload` is the longest message in bytes that a client may send. */
export function createWebSocketServer(maxPayload: number): WebSocketServer {
  // The library's types lack `closeTimeout`.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    clientTracking: false,
    maxPayload,
    // On loopback compression only costs; elsewhere the proxy that ends TLS does it.
    perMessageDeflate: false,
    // After an invalid frame the library reads on, for the client's own close.
    closeTimeout: CLOSE_GRACE_MS,
    // Never the one that holds the token.
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  };
  const server = new WebSocketServer(options);
  // An invalid handshake; its message is one of the library's own sentences.
  server.on('wsClientError', ({ message }, socket) =>
    refuseSocket(socket, { status: 400, detail: `${message}.` }),
  );
  return server;
}
