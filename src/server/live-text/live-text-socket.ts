import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../contract/contract.js';
import { MAX_DELTAS_BYTES } from '../../contract/live-text.js';
import type { Access } from '../access.js';
import type { DeltaDesk } from './live-text-broker.js';
import { CLOSE } from '../events/follower.js';
import { hangUp } from '../refuse-socket.js';

export interface DeltasDoorOptions {
  readonly access: Access;
  readonly desk: DeltaDesk;
  readonly pingMs: number;
}

/** Where workers come with what their model calls say. A worker has the token, as every client. */
export class DeltasDoor {
  readonly #workers = new Map<WebSocket, { answered: boolean }>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_DELTAS_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #pings: NodeJS.Timeout;

  constructor(private readonly options: DeltasDoorOptions) {
    this.#pings = setInterval(() => this.#pingAll(), options.pingMs);
    this.#server.on('wsClientError', ({ message }, socket) =>
      hangUp(socket, { status: 400, detail: `${message}.` }),
    );
  }

  /** Takes over a socket whose request asked for a WebSocket here. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const { access } = this.options;
    const refusal = access.refuseForeignSocket(request) ?? access.refuseStrangerSocket(request);
    if (refusal === null) {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#take(webSocket));
    } else hangUp(socket, refusal);
  }

  /** Workers come back; nothing waits for them. */
  close(): void {
    clearInterval(this.#pings);
    for (const socket of this.#workers.keys()) {
      socket.close(CLOSE.goingAway);
      socket.terminate();
    }
    this.#server.close();
  }

  #take(socket: WebSocket): void {
    const state = { answered: true };
    this.#workers.set(socket, state);
    socket.on('error', () => undefined);
    socket.on('pong', () => (state.answered = true));
    socket.on('close', () => this.#workers.delete(socket));
    this.options.desk.join(socket);
  }

  /** A worker whose machine went away says nothing, not even goodbye. */
  #pingAll(): void {
    for (const [socket, state] of this.#workers) {
      if (!state.answered) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
      state.answered = false;
    }
  }
}
