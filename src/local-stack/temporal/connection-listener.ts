import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { freePort } from '../../shared/network/free-port.js';
import type { ReceivingProcess } from '../process/spawn-service.js';

/**
 * The loopback port of the embedded Temporal server. The host listens, outside the server's network namespace, and hands
 * each connection to the relay unread. It keeps the port while the server is restarted, so nobody else can take it.
 */
export class ConnectionListener {
  #server: Server | undefined;
  #port = 0;
  #relay: ReceivingProcess | undefined;

  /**
   * Listens, the first time it is called, at `preferred` if that port is free.
   * @returns the port
   * @throws when another program takes the port at this moment
   */
  async listen(preferred: number | undefined): Promise<number> {
    if (this.#server !== undefined) return this.#port;
    const port = await freePort(preferred);
    const server = createServer({ pauseOnConnect: true }, (connection) => {
      connection.on('error', () => undefined);
      if (this.#relay === undefined) connection.destroy();
      else this.#relay.send('connection', connection);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
    server.on('error', () => undefined);
    this.#server = server.unref();
    this.#port = port;
    return port;
  }

  /** Hands connections to this process from now on, until it ends. */
  passTo(relay: ReceivingProcess): void {
    this.#relay = relay;
    void relay.ended.then(() => {
      if (this.#relay === relay) this.#relay = undefined;
    });
  }
}
