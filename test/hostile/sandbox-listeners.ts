/** Listeners in place of PostgreSQL and Temporal, and a program that tries to connect to them. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

export interface Listeners {
  /** Prints a line with `reached` or `refused` for each listener. */
  readonly command: string;
  /** Runs the same program outside the sandbox. */
  readonly control: () => Promise<void>;
  /** The ports of the listeners on loopback. */
  readonly ports: readonly number[];
  /** The number of connections to all listeners. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function startListeners(folder: string): Promise<Listeners> {
  let connections = 0;
  const servers = [0, 1, 2, 3].map(() =>
    createServer((socket) => {
      connections += 1;
      socket.destroy();
    }),
  );
  const socket = join(folder, '.s.PGSQL.5432');
  const addresses = [
    await listenAt(servers[0], { host: '127.0.0.1', port: 0 }),
    await listenAt(servers[1], { host: '127.0.0.1', port: 0 }),
    await listenAt(servers[2], { path: socket }),
    await listenAt(servers[3], { path: `\0leadwright-${randomUUID()}` }),
  ];
  chmodSync(socket, 0o777);
  const script = `for (const address of ${JSON.stringify(addresses)}) {
    const client = require('node:net').connect(address);
    client.on('connect', () => console.log('reached'));
    client.on('error', ({ code }) => console.log('refused', code));
  }`;
  return {
    command: `node -e '${script.replaceAll("'", `'\\''`)}'`,
    control: async () => {
      const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
      await once(child, 'exit');
    },
    ports: addresses.flatMap((address) => ('port' in address ? [address.port] : [])),
    connections: () => connections,
    close: async () => {
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
}

async function listenAt(
  server: Server | undefined,
  where: { path: string } | { host: string; port: number },
) {
  if (server === undefined) throw new Error('one server for each address');
  server.listen(where);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null
    ? { host: address.address, port: address.port }
    : where;
}
