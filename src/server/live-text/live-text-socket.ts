import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { MAX_LIVE_TEXT_BYTES } from '../../contract/live-text.js';
import { CLOSE } from '../events/follower.js';
import { createWebSocketServer } from '../websocket-upgrade.js';
import type { LiveTextBroker } from './live-text-broker.js';

/**
 * The WebSocket endpoint for workers, which send the live text of model calls. A worker has the token, as every client.
 *
 * It stays apart from the events endpoint. Clients already get live text over the socket of their run's events
 * (`deltas=T`), so they need no second one. A worker follows no run: it has one connection for all its tasks, on which
 * the server says which tasks are watched. While nobody watches, a worker sends nothing and encodes nothing. On an events
 * socket it would receive the events of a run that it does not need, and the server would have to accept messages of a
 * megabyte there, where it now drops clients that send more than a listener needs to.
 */
export class LiveTextSocket {
  readonly #workers = new Map<WebSocket, { answered: boolean }>();
  readonly #server = createWebSocketServer(MAX_LIVE_TEXT_BYTES);
  readonly #pings: NodeJS.Timeout;

  constructor(
    private readonly broker: LiveTextBroker,
    pingMs: number,
  ) {
    this.#pings = setInterval(() => this.#pingAll(), pingMs);
  }

  /** Opens the WebSocket of a request that passed all checks. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#join(webSocket));
  }

  /** Closes all connections at once: workers reconnect, and nothing depends on them. */
  close(): void {
    clearInterval(this.#pings);
    for (const socket of this.#workers.keys()) {
      socket.close(CLOSE.goingAway);
      socket.terminate();
    }
    this.#server.close();
  }

  #join(socket: WebSocket): void {
    const state = { answered: true };
    this.#workers.set(socket, state);
    socket.on('error', () => undefined);
    socket.on('pong', () => {
      // A worker sends no pong unasked.
      if (state.answered) socket.terminate();
      state.answered = true;
    });
    socket.on('close', () => this.#workers.delete(socket));
    this.broker.join(socket);
  }

  /** Disconnects workers that did not answer the last ping: a machine that went away sends nothing, not even a close. */
  #pingAll(): void {
    for (const [socket, state] of this.#workers) {
      if (!state.answered) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
      state.answered = false;
    }
  }
}
