import { once } from 'node:events';
import pg from 'pg';
import type { Logger } from 'pino';
import { EVENTS_CHANNEL } from '../db/events.js';
import { messageOf } from '../errors.js';
import { backOffMs, pause } from './back-off.js';

/** Who is to be told that there may be something new to read. */
export interface Wakeable {
  /** Of that run. */
  wake(run: string): void;
  /** Of any run: what was notified while nobody listened is lost. */
  wakeAll(): void;
}

/** A server that does not answer within this is down; the next try comes soon enough. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Listens on one connection of its own, for a pool would hand it to others, and comes back for ever when it
 * breaks. Notifications only make reading prompt: nothing relies on each of them arriving.
 */
export function listenForEvents(
  databaseUrl: string,
  target: Wakeable,
  log: Logger,
): { close(): Promise<void> } {
  const stop = new AbortController();
  const ended = listenUntil(stop.signal, databaseUrl, target, log);
  return {
    close: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function listenUntil(
  stop: AbortSignal,
  databaseUrl: string,
  target: Wakeable,
  log: Logger,
): Promise<void> {
  let failures = 0;
  while (!stop.aborted) {
    try {
      await listenOnce(stop, databaseUrl, target, () => {
        failures = 0;
      });
    } catch (error) {
      log.warn(`Cannot listen for events, trying again: ${messageOf(error)}`);
    }
    await pause(backOffMs(failures++), stop);
  }
}

/** Until `stop` is aborted; an Error when the connection cannot be made or ends before that. */
async function listenOnce(
  stop: AbortSignal,
  databaseUrl: string,
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
    await client.query(`LISTEN ${EVENTS_CHANNEL}`);
    listening();
    target.wakeAll();
    const failure = await ended;
    if (failure !== null) throw failure;
  } finally {
    await client.end().catch(() => undefined);
  }
}
