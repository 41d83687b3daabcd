import { once } from 'node:events';
import { keepConnected } from '../shared/async/retry-while.js';
import { messageOf } from '../contract/errors.js';
import { clientClass } from './scram-client.js';
import { listenOn } from './sql/postgres.js';

/** Receiver of notifications about runs. */
export interface Wakeable {
  /** Something happened to this run. */
  wake(run: string): void;
  /** Something may have happened to any run, because notifications may have been missed. */
  wakeAll(): void;
}

/** A server that does not answer within this time is unavailable; another attempt follows soon. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Listens on a dedicated connection, because a pool would share it, and reconnects until it is closed. Notifications
 * only shorten the wait for a change: nothing relies on each of them arriving.
 */
export function listen(
  databaseUrl: string,
  channel: string,
  target: Wakeable,
  warn: (message: string) => void,
): { close(): Promise<void> } {
  const stop = new AbortController();
  const ended = keepConnected(
    (listening) => listenOnce(stop.signal, databaseUrl, channel, target, listening),
    (error) => {
      warn(`Cannot listen on ${channel}, trying again: ${messageOf(error)}`);
      return undefined;
    },
    stop.signal,
  );
  return {
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** Until `stop` is aborted; an Error when the connection cannot be made or ends before that. */
async function listenOnce(
  stop: AbortSignal,
  databaseUrl: string,
  channel: string,
  target: Wakeable,
  onListening: () => void,
): Promise<void> {
  const client = new (clientClass(databaseUrl))({
    connectionString: databaseUrl,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'leadwright listener',
  });
  const ended = once(client, 'end', { signal: stop }).then(
    () => new Error('the connection was closed'),
    () => null,
  );
  // The end of the connection, which is awaited below, follows each of its errors.
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => {
    if (payload === undefined || payload === '') target.wakeAll();
    else target.wake(payload);
  });
  try {
    await client.connect();
    await listenOn(client, channel);
    onListening();
    target.wakeAll();
    const failure = await ended;
    if (failure !== null) throw failure;
  } finally {
    await client.end().catch(() => undefined);
  }
}
