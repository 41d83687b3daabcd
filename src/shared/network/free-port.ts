import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * Finds a free loopback port: `preferred` if it is free, so that addresses stay the same over restarts. The port is not
 * reserved; a server whose port is taken before it listens is started again.
 */
export async function freePort(preferred: number | undefined): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await anyPort());
}

/** Whether a port can be listened on now. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined;
}

/**
 * The ports to choose from. They are below the ephemeral ports (Linux from 32768, macOS from 49152). A restarted server
 * with an ephemeral port may find it in use by some outgoing connection, for hours.
 */
const RANGE = { from: 15_000, to: 32_000 } as const;
/** Hardly any of the 17,000 ports are taken. */
const TRIES = 20;

async function anyPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = await tryPort(randomInt(RANGE.from, RANGE.to));
    if (port !== undefined) return port;
  }
  const port = await tryPort(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

function tryPort(port: number, host: string = LOOPBACK): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(address !== null && typeof address === 'object' ? address.port : undefined);
      });
    });
  });
}
