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

async function anyPort(): Promise<number> {
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
