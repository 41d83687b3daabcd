import { once } from 'node:events';
import type { Server } from 'node:http';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { isLoopback } from './listen-address.js';
import type { ListenAddress } from './listen-address.js';
import { freePort } from './free-port.js';
import type { Token } from './token.js';

/**
 * Makes the server listen at an address, or at any free port when that one is taken and was not set by hand.
 * Returns the port. @throws EnvironmentError when it cannot listen, or would listen beyond loopback without a chosen token
 */
export async function listenAt(server: Server, address: ListenAddress, token: Token): Promise<number> {
  requireChosenToken(address, token.setByHand);
  try {
    return await listen(server, address.host, address.port);
  } catch (error) {
    if (!isTaken(error)) {
      throw new EnvironmentError(
        `The notifier cannot listen at ${address.host}:${address.port}: ${messageOf(error)}`,
        'Set LEADWRIGHT_LISTEN to host:port of this machine, for example 127.0.0.1:4800.',
        { cause: error },
      );
    }
    if (address.fixed) {
      throw new EnvironmentError(
        `Port ${address.port} of ${address.host} is taken`,
        'End what listens there, or set LEADWRIGHT_LISTEN to another port.',
        { cause: error },
      );
    }
    // Below the ports that the system gives to connections by itself: it comes back at the same one after a restart.
    return await listen(server, address.host, await freePort(undefined));
  }
}

/** @throws EnvironmentError when others than this machine would reach the server and nobody chose its token */
export function requireChosenToken({ host }: ListenAddress, isTokenSet: boolean): void {
  if (isLoopback(host) || isTokenSet) return;
  throw new EnvironmentError(
    `The notifier is told to listen at ${host}, beyond this machine, without a token of its own`,
    'Set LEADWRIGHT_TOKEN, for example to what `openssl rand -hex 32` prints, or listen at 127.0.0.1.',
  );
}

/** Listens exactly there, 0 being any free port. Returns the port. */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  // Rejects with what the server emits as its error.
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return address.port;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
