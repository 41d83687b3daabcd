import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddress } from './client-address.js';
import type { ServerLimits } from './server-limits.js';

/**
 * Keeps the open connections of a server within their limits, for one address and for all. When there are too many, the
 * oldest connection without a signed-in request makes place for the new one. Otherwise connections that send nothing,
 * each for as long as a request may take, could lock out a client with the token: on this machine, from its own address.
 */
export class Connections {
  /** In the order in which they were opened. */
  readonly #strangers = new Set<Socket>();
  readonly #byAddress = new Map<string, Set<Socket>>();
  #open = 0;

  constructor(
    server: Server,
    private readonly limits: Pick<ServerLimits, 'connections' | 'unreadMs'>,
  ) {
    server.on('connection', (socket) => this.#add(socket));
  }

  /** Keeps a connection whose client has the token, however many strangers come. */
  signedIn(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  #add(socket: Socket): void {
    const { perAddress, overall } = this.limits.connections;
    const address = clientAddress(socket.remoteAddress);
    const neighbours = this.#byAddress.get(address) ?? new Set();
    if (neighbours.size >= perAddress) this.#dropOldestStranger(neighbours);
    if (this.#open >= overall) this.#dropOldestStranger(this.#strangers);
    if (neighbours.size >= perAddress || this.#open >= overall) {
      // Before a request there is no way to say why.
      socket.destroy();
      return;
    }
    this.#open += 1;
    this.#byAddress.set(address, neighbours.add(socket));
    this.#strangers.add(socket);
    const unread = destroyUnread(socket, this.limits.unreadMs);
    socket.once('close', () => {
      clearInterval(unread);
      this.#remove(socket, address);
    });
  }

  #dropOldestStranger(among: ReadonlySet<Socket>): void {
    for (const socket of among) {
      if (!this.#strangers.has(socket)) continue;
      // Now, because its `close` event comes later than the connection that needs the place.
      this.#remove(socket, clientAddress(socket.remoteAddress));
      socket.destroy();
      return;
    }
  }

  #remove(socket: Socket, address: string): void {
    this.#strangers.delete(socket);
    const neighbours = this.#byAddress.get(address);
    if (neighbours?.delete(socket) !== true) return;
    this.#open -= 1;
    if (neighbours.size === 0) this.#byAddress.delete(address);
  }
}

/**
 * Destroys a socket whose peer takes nothing of what waits to be sent. Node's own timeout does not: it starts again with
 * each byte that the peer sends.
 */
function destroyUnread(socket: Socket, unreadMs: number): NodeJS.Timeout {
  let taken = -1;
  return setInterval(() => {
    const before = taken;
    taken = socket.bytesWritten - socket.writableLength;
    if (socket.writableLength > 0 && taken === before) socket.destroy();
  }, unreadMs);
}
