import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { createDatabase, selectDatabase } from '../../db/sql/postgres.js';
import { freePort } from '../../shared/free-port.js';
import { retryWhile } from '../../shared/retry-while.js';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { endProcess, identityOf } from '../process/process-identity.js';
import { lastLine, plainEnvironment, runTool, type ToolResult } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import type { CommandWrapper } from '../process/parent-watch.js';

const USER = 'leadwright';
const DATABASE = 'leadwright';

export interface PostgresOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly port: number | undefined;
  readonly endWithHost: CommandWrapper;
  readonly signal: AbortSignal;
  /** For temporary data, as in tests: nothing is flushed to disk, which is most of the time of a start or a commit. */
  readonly throwAway?: boolean;
}

export interface PostgresEndpoint {
  readonly port: number;
  readonly databaseUrl: string;
}

/** The options, with the programs, account and data folder that they lead to. */
interface Cluster extends PostgresOptions {
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly data: string;
}

/**
 * Creates the service of the embedded PostgreSQL; creates or checks its data first. The server listens on the loopback
 * address only. Its password is new with each host and only in memory, so that nothing secret is written.
 * @throws EnvironmentError when the data belongs to another major version or the server cannot be set up
 */
export async function createPostgresService(
  options: PostgresOptions,
): Promise<ServiceDefinition<PostgresEndpoint>> {
  const cluster = await openCluster(options);
  const password = randomBytes(24).toString('hex');
  let port = await freePort(options.port);
  const log = options.paths.log('postgres');
  let prepared = false;
  return {
    name: 'postgres',
    log,
    // It is up in 0.2 s. After a kill it first replays its write-ahead log, which takes long on a slow disk.
    readyWithinMs: 120_000,
    // PostgreSQL's fast shutdown: it rolls back open transactions and does not wait for clients.
    stopSignal: 'SIGINT',
    // The shutdown writes a few MB from memory. A killed server recovers from its log instead.
    stopGraceMs: 5_000,
    launch: async (previous) => {
      await endOrphanedServer(cluster);
      if (!prepared) await setPassword(cluster, password);
      prepared = true;
      if (previous === undefined) port = await freePort(port);
      const [command, ...args] = wrapCommand(cluster, serverCommand(cluster, port));
      return spawnService({ command, args, ...processOptions(cluster), log });
    },
    ready: async (_process, signal) => {
      const url = (database: string): string =>
        `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
      await ensureDatabase(url('postgres'), signal);
      return { port, databaseUrl: url(DATABASE) };
    },
  };
}

async function openCluster(options: PostgresOptions): Promise<Cluster> {
  const data = options.paths.postgres;
  const binaries = await findPostgresBinaries(options.paths.home);
  const owner = await stat(data).then(
    (found) => ({ uid: found.uid, gid: found.gid }),
    () => undefined,
  );
  const account = await choosePostgresAccount([options.paths.home, binaries.folder], owner, options.env);
  const cluster = { ...options, binaries, account, data };
  await checkVersion(cluster);
  if (owner === undefined) await initialiseData(cluster);
  return cluster;
}

async function checkVersion(cluster: Cluster): Promise<void> {
  const wrote = (await readFile(join(cluster.data, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (wrote === '') return;
  const ran = await runClusterTool(cluster, [cluster.binaries.postgres, '--version']);
  const ours = /\) (\d+)/.exec(ran.stdout)?.[1] ?? '';
  if (wrote === ours) return;
  throw new EnvironmentError(
    `${cluster.data} was written by PostgreSQL ${wrote}; this build has PostgreSQL ${ours} and cannot read it.`,
    'Use the build of Leadwright that wrote it, or set LEADWRIGHT_HOME to another folder.',
  );
}

/** Creates the data folder under another name and renames it, so that there is never half a data folder. */
async function initialiseData(cluster: Cluster): Promise<void> {
  const made = `${cluster.data}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  const { owner } = cluster.account;
  if (owner !== undefined) await chown(made, owner.uid, owner.gid);
  const ran = await runClusterTool(cluster, [
    cluster.binaries.initdb,
    ...['--pgdata', made, '--username', USER, '--encoding', 'UTF8', '--no-locale', '--no-instructions'],
    // Otherwise initdb needs a password in a file. The pg_hba.conf that is written below demands a password.
    '--auth=trust',
    ...(cluster.throwAway === true ? ['--no-sync'] : []),
  ]);
  cluster.signal.throwIfAborted();
  if (!ran.succeeded) {
    throw new EnvironmentError(
      `PostgreSQL could not create its data folder ${cluster.data}: ${lastLine(ran.stderr)}.`,
      'Fix what the message names, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  await writeFile(join(made, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await rename(made, cluster.data);
}

/**
 * Ends a server of this data whose host was killed before it recorded the server. Removes a pid file whose pid belongs
 * to another process by now, because PostgreSQL would take that process for a running server.
 */
async function endOrphanedServer(cluster: Cluster): Promise<void> {
  const pidFile = join(cluster.data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const identity = identityOf(pid);
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  // A server's working folder is its data folder. Without /proc, PostgreSQL's own check has to do.
  if (identity !== undefined && folder === cluster.data) await endProcess(identity, 'SIGINT', 5_000);
  else if (identity === undefined || folder !== undefined) await rm(pidFile, { force: true });
}

/** Sets the password in PostgreSQL's single-user mode (0.1 s), so that nobody can connect before it is set. */
async function setPassword(cluster: Cluster, password: string): Promise<void> {
  const ran = await runClusterTool(
    cluster,
    [cluster.binaries.postgres, '--single', '-D', cluster.data, 'postgres'],
    `ALTER ROLE ${USER} PASSWORD '${password}'\n`,
  );
  cluster.signal.throwIfAborted();
  if (!ran.succeeded || ran.stderr.includes('ERROR:')) {
    throw new Error(lastLine(ran.stderr).replaceAll(password, '…'));
  }
}

function serverCommand(cluster: Cluster, port: number): readonly [string, ...string[]] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // The loopback address is enough. A socket in a shared folder would be one more way in.
    unix_socket_directories: '',
    // Each worker process of a fleet, the notifier and each command has a connection pool.
    max_connections: '200',
    shared_buffers: '64MB',
    // All statements are short, so compiling them costs more than it saves.
    jit: 'off',
    fsync: cluster.throwAway === true ? 'off' : 'on',
  };
  return [
    cluster.binaries.postgres,
    '-D',
    cluster.data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Short beside the 0.2 s of a start. */
const POLL_MS = 50;

/** Connects as soon as the server accepts connections, and creates the database unless it exists. */
function ensureDatabase(url: string, signal: AbortSignal): Promise<void> {
  const connect = async (): Promise<void> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await selectDatabase(client, DATABASE);
      if (found.length === 0) await createDatabase(client, DATABASE);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  return retryWhile(() => true, connect, { signal, pauseMs: POLL_MS });
}

function wrapCommand(
  cluster: Cluster,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  // The parent-death signal comes inside, because a change of account clears it.
  return cluster.account.wrap(cluster.endWithHost(command));
}

function processOptions(cluster: Cluster) {
  const { spawnAs } = cluster.account;
  return { env: plainEnvironment(cluster.env), cwd: '/', uid: spawnAs?.uid, gid: spawnAs?.gid };
}

function runClusterTool(
  cluster: Cluster,
  command: readonly [string, ...string[]],
  input?: string,
): Promise<ToolResult> {
  const [program, ...args] = wrapCommand(cluster, command);
  return runTool({
    command: program,
    args,
    ...processOptions(cluster),
    // Creating a cluster takes 1.5 s. Recovery in single-user mode depends on the length of the log: minutes at worst.
    timeoutMs: 120_000,
    signal: cluster.signal,
    ...(input === undefined ? {} : { input }),
  });
}
