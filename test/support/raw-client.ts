import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP client that sends what it likes and collects what it receives. */
export interface RawClient {
  readonly socket: Socket;
  /** What was received so far, one character per byte. */
  received(): string;
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>;
}

/** @param from the client's own address, to be another client on the same machine (Linux: any 127.x.y.z) */
export async function rawClient(port: number, from = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The server may reset the connection at any moment, which is what the tests are about.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, received: () => Buffer.concat(chunks).toString('latin1'), closed };
}
