import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { messageOf } from '../contract/errors.js';
import { LIVE_TEXT_PATH } from '../contract/live-text.js';
import { openDatabase } from '../db/open-database.js';
import { EVENTS_CHANNEL, readLastSeq } from '../db/event-log.js';
import { ping } from '../db/sql/postgres.js';
import { listen as listenTo } from '../db/listen-notify.js';
import { readMetrics } from '../db/metrics.js';
import { baseUrl, type ListenAddress } from '../shared/network/listen-address.js';
import { listenAt, listenOnSocket } from '../shared/network/listen.js';
import { packageRoot } from '../shared/files/package-root.js';
import type { Token } from '../shared/network/token.js';
import { accessChecks, type AccessChecks } from './access-checks.js';
import { createApp, serveApp } from './app.js';
import { Connections } from './connections.js';
import type { RunControl } from './control-service.js';
import { loadDashboardFiles } from './dashboard-files.js';
import { EVENTS_PATH } from './events/events-query.js';
import { EventsSocket } from './events/events-socket.js';
import { Feeds } from './events/feeds.js';
import { createHardenedServer } from './hardened-server.js';
import { LiveTextBroker } from './live-text/live-text-broker.js';
import { LiveTextSocket } from './live-text/live-text-socket.js';
import type { ReadQueries } from './read-queries.js';
import { LIMITS, type ServerLimits } from './server-limits.js';
import { Metrics } from './server-metrics.js';
import { SignInCodes } from './sign-in-codes.js';
import { startTemporalUi } from './temporal-ui/temporal-ui.js';
import { serveUpgrades, type AcceptUpgrade } from './websocket-upgrade.js';

export interface ServerOptions {
  /** Events are read from there, and its notifications are listened for. */
  readonly databaseUrl: string;
  readonly listen: ListenAddress;
  /** The Unix socket for the worker and the commands of the same home; null or absent for none. */
  readonly socket?: string | null;
  /** The names of a proxy before the server. */
  readonly hosts?: readonly string[];
  readonly token: Token;
  /** The embedded Temporal server's UI, and the port at which it was served last. Null where there is none. */
  readonly temporalUi?: { readonly socket: string; readonly port: number | undefined } | null;
  /** Given the server's own URL and that of the Temporal UI, which are part of a run's `urls`. */
  readonly queries: (url: string, temporalUi: string | null) => ReadQueries;
  readonly control: RunControl;
  readonly log: Logger;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningServer {
  /** The base URL by which this machine reaches the server: scheme, host and port, no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** The base URL of the Temporal UI behind the same sign-in; null where there is none. */
  readonly temporalUi: string | null;
  /** Tells every client that it may reconnect later, and leaves nothing open. */
  close(): Promise<void>;
}

/** For pages of clients that are behind and queries of the API; more at once would only queue in PostgreSQL. */
const CONNECTIONS = 4;
/** A database that does not answer in this time is down, and `/readyz` must say so before its own client gives up. */
const DATABASE_TIMEOUT_MS = 5_000;

/**
 * Starts the server (notifier): HTTP and WebSocket, as the contract has them. A database that is down is no error:
 * `/readyz` says so until it is back.
 * @throws EnvironmentError when it cannot listen at the address
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { databaseUrl, listen, token, log } = options;
  const limits = { ...LIMITS, ...options.limits };
  const files = await loadDashboardFiles(join(packageRoot, 'dist', 'dashboard'));
  const network = createEntrance(options, limits, { overSocket: false });
  const port = await listenAt(network.server, listen, token);
  const url = baseUrl(listen.host, port);
  // With counts of its own, so that a flood over the network does not shut out the worker and the commands.
  const local = createEntrance(options, limits, { overSocket: true });
  const entrances = [network, local];

  const db = openDatabase(databaseUrl, CONNECTIONS, DATABASE_TIMEOUT_MS, 'leadwright notifier');
  const { pool } = db;
  const feeds = new Feeds(pool, log);
  const metrics = new Metrics();
  const ui = options.temporalUi ? await startTemporalUi({ ...options.temporalUi, token, limits, log }) : null;
  const broker = new LiveTextBroker();
  const liveText = new LiveTextSocket(broker, limits.pingMs);
  const events = new EventsSocket({ feeds, broker, limits, lastSeq: (run) => readLastSeq(pool, run) });
  const services = {
    queries: options.queries(url, ui?.url ?? null),
    control: options.control,
    files,
    temporalUiCode: () => ui?.issueCode() ?? null,
    signInCodes: new SignInCodes(token.value),
    metrics: async () =>
      metrics.render({
        ...(await readMetrics(db)),
        ...events.counts,
        behind: feeds.behind,
        limited: network.checks.limited() + local.checks.limited(),
      }),
    checkDatabase: async () => {
      await ping(pool);
    },
  };
  const upgrades = new Map<string, AcceptUpgrade>([
    [EVENTS_PATH, (...upgrade) => void events.accept(...upgrade)],
    [LIVE_TEXT_PATH, (...upgrade) => liveText.accept(...upgrade)],
  ]);
  for (const { server, checks } of entrances) {
    serveApp(server, createApp({ checks, services, log }));
    serveUpgrades(server, checks, upgrades);
    logErrors(server, log);
  }
  if (options.socket !== undefined && options.socket !== null)
    await listenOnSocket(local.server, options.socket);
  const listener = listenTo(databaseUrl, EVENTS_CHANNEL, feeds, (message) => log.warn(message));
  const checkTimer = setInterval(() => void feeds.check(), limits.checkMs);
  return {
    url,
    port,
    temporalUi: ui?.url ?? null,
    close: async () => {
      clearInterval(checkTimer);
      for (const { server } of entrances) server.close();
      liveText.close();
      await Promise.all([events.close(), listener.close()]);
      for (const { server } of entrances) server.closeAllConnections();
      ui?.close();
      await db.close();
    },
  };
}

/** A way into the server, over the network or a Unix socket, with its own counts of connections and of sign-ins. */
interface Entrance {
  readonly server: Server;
  readonly checks: AccessChecks;
}

function createEntrance(
  { listen, hosts = [], token }: ServerOptions,
  limits: ServerLimits,
  { overSocket }: { readonly overSocket: boolean },
): Entrance {
  const server = createHardenedServer();
  const connections = new Connections(server, limits);
  const checks = accessChecks({
    listenHost: listen.host,
    hosts,
    token: token.value,
    limits,
    overSocket,
    onSignIn: ({ socket }) => connections.signedIn(socket),
  });
  return { server, checks };
}

/** Once the server listens, errors of the system (out of file descriptors, say) pass and must not end the process. */
function logErrors(server: Server, log: Logger): void {
  server.on('error', (error) => log.error(`The notifier's server: ${messageOf(error)}`));
}
