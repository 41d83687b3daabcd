import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * A loopback port that is free now: `preferred` when it is, so that addresses stay the same over restarts.
 * Nothing reserves it until its server listens; a server that loses that race is started again.
 */
export async function freePort(preferred: number | undefined): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await anyPort());
}

/** Whether a port, of loopback unless told otherwise, can be listened on now. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined;
}

/**
 * Below what systems give to connections by themselves (Linux from 32768 on, macOS from 49152 on). There a server that
 * is started again may find its port in the hands of whoever connected to something meanwhile, for hours.
 */
const OURS = { from: 15_000, to: 32_000 } as const;
/** Of 17,000 ports hardly any are taken. */
const TRIES = 20;

async function anyPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = await tryPort(randomInt(OURS.from, OURS.to));
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
