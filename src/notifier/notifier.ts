import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import type { RunListEntry, RunUrls, RunView } from '../contract.js';
import { EVENTS_CHANNEL, lastSeq } from '../db/events.js';
import { listen as listenTo } from '../db/listen.js';
import { messageOf } from '../errors.js';
import type { RunId } from '../ids.js';
import { packageRoot } from '../package-root.js';
import { baseUrl } from './address.js';
import type { ListenAddress } from './address.js';
import { loadAssets } from './assets.js';
import { EventsDoor } from './events-door.js';
import { Feeds } from './feeds.js';
import { answerRequest } from './http-door.js';
import type { HttpDoorOptions } from './http-door.js';
import { listenAt } from './listen.js';
import { readCounts } from './metrics.js';
import type { Token } from '../token.js';

/** What may be set otherwise in a test; times in milliseconds. */
export interface NotifierLimits {
  readonly pingMs: number;
  readonly congestedBytes: number;
  readonly stallMs: number;
  readonly checkMs: number;
}

export interface NotifierOptions {
  /** Events are read from there and listened for. */
  readonly databaseUrl: string;
  readonly listen: ListenAddress;
  readonly token: Token;
  /** Where the Temporal UI is: part of a run's `urls`. */
  readonly temporalUrl: string;
  /** A run as `status --json` gives it; null when there is no such run. */
  readonly runView: (run: RunId, urls: RunUrls) => Promise<RunView | null>;
  readonly listRuns: () => Promise<RunListEntry[]>;
  readonly log: Logger;
  readonly limits?: Partial<NotifierLimits>;
}

export interface Notifier {
  /** By which this machine reaches it: scheme, host and port, no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Tells every client that it may come back, and leaves nothing open. */
  close(): Promise<void>;
}

const LIMITS: NotifierLimits = {
  // Proxies tend to cut what is silent for a minute; two pings fit in it.
  pingMs: 30_000,
  // Some hundreds of events: a burst passes, and a thousand such clients would hold 256 MB at the very worst.
  congestedBytes: 256 * 1024,
  // Who takes less than congestedBytes in this time gets 25 KB/s at best: a hundred events, twice the busiest run.
  stallMs: 10_000,
  // How late an event may be when its notification was lost: while the listening connection is down.
  checkMs: 3_000,
};

/** Pages for those who are behind and questions of the API; more at once would only queue in the server. */
const CONNECTIONS = 4;
/** A server that does not answer in this time is down, and `/readyz` is to say so before its asker gives up. */
const DATABASE_TIMEOUT_MS = 5_000;
/** Headers of ours are a few hundred bytes; the longest token and URL fit twice. */
const MAX_HEADER_BYTES = 8_192;
/** A request is one packet; who dribbles it holds a socket for no reason. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Four times the largest crowd that was measured: strangers cannot use up the process's file descriptors. */
const MAX_CONNECTIONS = 4_096;

/**
 * Starts the door: HTTP and WebSocket, as the contract has them. EnvironmentError when it cannot listen as it
 * is told. A database that is down is no error: `/readyz` says so until it is there.
 */
export async function startNotifier(options: NotifierOptions): Promise<Notifier> {
  const { databaseUrl, listen, token, log } = options;
  const limits = { ...LIMITS, ...options.limits };
  const assets = await loadAssets(join(packageRoot, 'dist', 'dashboard'));
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenAt(server, listen, token);
  const url = baseUrl(listen.host, port);

  const pool = openPool(databaseUrl);
  const feeds = new Feeds(pool, log);
  const events = new EventsDoor({
    listenHost: listen.host,
    token: token.value,
    feeds,
    limits,
    lastSeq: (run) => lastSeq(pool, run),
  });
  serve(server, events, {
    listenHost: listen.host,
    token: token.value,
    assets,
    runView: (run) => options.runView(run, { dashboard: `${url}/`, temporal: options.temporalUrl }),
    listRuns: options.listRuns,
    counts: async () => ({ ...(await readCounts(pool)), ...events.counts }),
    checkDatabase: async () => {
      await pool.query('SELECT 1');
    },
    log,
  });
  const listener = listenTo(databaseUrl, EVENTS_CHANNEL, feeds, (message) => log.warn(message));
  const checks = setInterval(() => void feeds.check(), limits.checkMs);
  return {
    url,
    port,
    close: async () => {
      clearInterval(checks);
      server.close();
      await Promise.all([events.close(), listener.close()]);
      server.closeAllConnections();
      await pool.end();
    },
  };
}

function serve(server: Server, events: EventsDoor, http: HttpDoorOptions): void {
  server.on('request', (request, response) => void answerRequest(http, request, response));
  // Once it listens, what the system reports (out of descriptors, say) passes; the process is not to end of it.
  server.on('error', (error) => http.log.error(`The notifier's server: ${messageOf(error)}`));
  server.on('upgrade', (request, socket, head) => void events.upgrade(request, socket, head));
}

function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: DATABASE_TIMEOUT_MS,
    query_timeout: DATABASE_TIMEOUT_MS,
    application_name: 'leadwright notifier',
  });
  // An idle connection that broke is replaced when it is needed; what needs it says so then.
  pool.on('error', () => undefined);
  return pool;
}
