import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { openDatabase } from '../db/database.js';
import { EVENTS_CHANNEL, readLastSeq } from '../db/event-log.js';
import { readMetrics } from '../db/metrics.js';
import { listen as listenTo } from '../db/listen-notify.js';
import { ping } from '../db/sql/postgres.js';
import { messageOf } from '../contract/errors.js';
import { packageRoot } from '../shared/package-root.js';
import { Access } from './access.js';
import { baseUrl } from './listen-address.js';
import type { ListenAddress } from './listen-address.js';
import { loadAssets } from './assets.js';
import { DeltaDesk } from './live-text/live-text-broker.js';
import { DeltasDoor } from './live-text/live-text-socket.js';
import { EventsDoor } from './events/events-socket.js';
import { Feeds } from './events/feeds.js';
import type { Hands } from './run-control-service.js';
import { answerRequest } from './http-handler.js';
import type { HttpDoorOptions } from './http-handler.js';
import { LIMITS } from './server-limits.js';
import type { NotifierLimits } from './server-limits.js';
import { listenAt } from './listen.js';
import type { Looks } from './read-queries.js';
import { Metrics } from './server-metrics.js';
import { routeOf, splitTarget } from './routes.js';
import { createHardenedServer } from './hardened-server.js';
import type { Token } from '../shared/token.js';

export interface NotifierOptions {
  /** Events are read from there and listened for. */
  readonly databaseUrl: string;
  readonly listen: ListenAddress;
  /** The names of a proxy before it. */
  readonly hosts?: readonly string[];
  readonly token: Token;
  /** Looks into the record; told where the notifier itself is, which is part of a run's `urls`. */
  readonly looks: (url: string) => Looks;
  readonly hands: Hands;
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

/** Pages for those who are behind and questions of the API; more at once would only queue in the server. */
const CONNECTIONS = 4;
/** A server that does not answer in this time is down, and `/readyz` is to say so before its asker gives up. */
const DATABASE_TIMEOUT_MS = 5_000;
/**
 * Starts the door: HTTP and WebSocket, as the contract has them. EnvironmentError when it cannot listen as it
 * is told. A database that is down is no error: `/readyz` says so until it is there.
 */
export async function startNotifier(options: NotifierOptions): Promise<Notifier> {
  const { databaseUrl, listen, token, log } = options;
  const limits = { ...LIMITS, ...options.limits };
  const assets = await loadAssets(join(packageRoot, 'dist', 'dashboard'));
  const server = createHardenedServer(limits);
  const port = await listenAt(server, listen, token);
  const url = baseUrl(listen.host, port);

  const db = openDatabase(databaseUrl, CONNECTIONS, DATABASE_TIMEOUT_MS, 'leadwright notifier');
  const { pool } = db;
  const feeds = new Feeds(pool, log);
  const metrics = new Metrics();
  const access = new Access({
    listenHost: listen.host,
    hosts: options.hosts ?? [],
    token: token.value,
    limits,
  });
  const desk = new DeltaDesk();
  const deltas = new DeltasDoor({ access, desk, pingMs: limits.pingMs });
  const events = new EventsDoor({
    access,
    feeds,
    desk,
    limits,
    lastSeq: (run) => readLastSeq(pool, run),
  });
  serve(
    server,
    { events, deltas },
    {
      access,
      assets,
      looks: options.looks(url),
      hands: options.hands,
      metrics: async () =>
        metrics.render({
          ...(await readMetrics(db)),
          ...events.counts,
          behind: feeds.behind,
          limited: access.limited,
        }),
      checkDatabase: async () => {
        await ping(pool);
      },
      log,
    },
  );
  const listener = listenTo(databaseUrl, EVENTS_CHANNEL, feeds, (message) => log.warn(message));
  const checks = setInterval(() => void feeds.check(), limits.checkMs);
  return {
    url,
    port,
    close: async () => {
      clearInterval(checks);
      server.close();
      deltas.close();
      await Promise.all([events.close(), listener.close()]);
      server.closeAllConnections();
      await db.close();
    },
  };
}

interface Sockets {
  readonly events: EventsDoor;
  readonly deltas: DeltasDoor;
}

function serve(server: Server, { events, deltas }: Sockets, http: HttpDoorOptions): void {
  server.on('request', (request, response) => void answerRequest(http, request, response));
  // Once it listens, what the system reports (out of descriptors, say) passes; the process is not to end of it.
  server.on('error', (error) => http.log.error(`The notifier's server: ${messageOf(error)}`));
  server.on('upgrade', (request, socket, head) => {
    if (routeOf(splitTarget(request.url ?? '').path).kind === 'deltas') deltas.upgrade(request, socket, head);
    else void events.upgrade(request, socket, head);
  });
}
