import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { Server as SocketServer } from 'node:net';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../error-code.js';
import { isLoopback } from './listen-address.js';
import type { ListenAddress } from './listen-address.js';
import { freePort } from './free-port.js';
import type { Token } from './token.js';

/**
 * Makes the server listen at an address, or at another free port when its port is taken and the user did not choose it.
 * @returns the port
 * @throws EnvironmentError when it cannot listen, or would listen beyond loopback without a token of the user's
 */
export async function listenAt(server: Server, address: ListenAddress, token: Token): Promise<number> {
  requireChosenToken(address, token.setByHand);
  try {
    return await listen(server, address.host, address.port);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') {
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
    // By freePort(), so that the port is likely to be free again after a restart.
    return await listen(server, address.host, await freePort(undefined));
  }
}

/** @throws EnvironmentError when other machines could reach the server and the user chose no token */
export function requireChosenToken({ host }: ListenAddress, isTokenSet: boolean): void {
  if (isLoopback(host) || isTokenSet) return;
  throw new EnvironmentError(
    `The notifier would listen at ${host}, beyond this machine, without a token that you chose`,
    'Set LEADWRIGHT_TOKEN, for example to what `openssl rand -hex 32` prints, or listen at 127.0.0.1.',
  );
}

/** Listens at exactly this host and port; port 0 means any free one. @returns the port */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port });
  // Rejects with the error that the server emits.
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return address.port;
}

/** Listens on a Unix socket that only its owner can connect to. Replaces one that a killed process left. */
export async function listenOnSocket(server: SocketServer, path: string): Promise<void> {
  await rm(path, { force: true });
  // By the umask, so that no other user can connect even before a chmod.
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
  await once(server, 'listening');
}
