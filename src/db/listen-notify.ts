import { once } from 'node:events';
import pg from 'pg';
import { keepConnected } from '../shared/retry.js';
import { messageOf } from '../contract/errors.js';
import { listenOn } from './sql/postgres.js';

/** Who is to be told that something happened to a run. */
export interface Wakeable {
  /** To that run. */
  wake(run: string): void;
  /** To any run: what was notified while nobody listened is lost. */
  wakeAll(): void;
}

/** A server that does not answer within this is down; the next try comes soon enough. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Listens on one connection of its own, for a pool would hand it to others, and comes back for ever when it
 * breaks. Notifications only make looking prompt: nothing relies on each of them arriving.
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
  listening: () => void,
): Promise<void> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'leadwright listener',
  });
  const ended = once(client, 'end', { signal: stop }).then(
    () => new Error('the connection was closed'),
    () => null,
  );
  // An error of the connection is always followed by its end, which is what is waited for.
  client.on('error', () => undefined);
  client.on('notification', ({ payload }) => {
    if (payload === undefined || payload === '') target.wakeAll();
    else target.wake(payload);
  });
  try {
    await client.connect();
    await listenOn(client, channel);
    listening();
    target.wakeAll();
    const failure = await ended;
    if (failure !== null) throw failure;
  } finally {
    await client.end().catch(() => undefined);
  }
}
