import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { createDatabase, selectDatabase } from '../../db/sql/postgres.js';
import { freePort } from '../../shared/free-port.js';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { endProcess, identityOf } from '../process/process-identity.js';
import { lastLine, plainEnvironment, runTool, type ToolResult } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import type { CommandWrapper } from '../process/tether.js';

const USER = 'leadwright';
const DATABASE = 'leadwright';

export interface PostgresOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly port: number | undefined;
  readonly endWithHost: CommandWrapper;
  readonly signal: AbortSignal;
  /** For data that nobody keeps, as a test's: nothing is flushed to disk, which is most of a start and of a commit. */
  readonly throwAway?: boolean;
}

export interface PostgresEndpoint {
  readonly port: number;
  readonly databaseUrl: string;
}

/** All that the steps below need. */
interface Cluster extends PostgresOptions {
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly data: string;
}

/**
 * The embedded PostgreSQL as a service, its data made or checked. It listens on the loopback address only, for
 * a password that is new with each host and kept in memory alone: nothing secret is written. Throws an
 * EnvironmentError when the data is another major version's or the server cannot be set up.
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
    // It is up in 0.2 s; after a kill it first goes through its log, which a slow disk makes long.
    readyWithinMs: 120_000,
    // Fast shutdown: it rolls back what is open and does not wait for clients.
    stopSignal: 'SIGINT',
    // The shutdown writes what is in memory, a few MB; killed instead, it recovers from its log.
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

/** Makes the data folder, whole or not at all: it is made beside its place and moved there. */
async function initialiseData(cluster: Cluster): Promise<void> {
  const made = `${cluster.data}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  const { owner } = cluster.account;
  if (owner !== undefined) await chown(made, owner.uid, owner.gid);
  const ran = await runClusterTool(cluster, [
    cluster.binaries.initdb,
    ...['--pgdata', made, '--username', USER, '--encoding', 'UTF8', '--no-locale', '--no-instructions'],
    // It asks for a password in a file otherwise; pg_hba.conf below lets nobody in without one.
    '--auth=trust',
    ...(cluster.throwAway === true ? ['--no-sync'] : []),
  ]);
  cluster.signal.throwIfAborted();
  if (!ran.succeeded) {
    throw new EnvironmentError(
      `PostgreSQL could not make its data folder ${cluster.data}: ${lastLine(ran.stderr)}.`,
      'Fix what it names, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  await writeFile(join(made, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await rename(made, cluster.data);
}

/**
 * A server of this data that nobody remembers (its host was killed before it could note it), and a pid file
 * whose pid is someone else's by now, which PostgreSQL would take for such a server.
 */
async function endOrphanedServer(cluster: Cluster): Promise<void> {
  const pidFile = join(cluster.data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const identity = identityOf(pid);
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  // A server works in its data folder. Where there is no /proc it is left to PostgreSQL's own check.
  if (identity !== undefined && folder === cluster.data) await endProcess(identity, 'SIGINT', 5_000);
  else if (identity === undefined || folder !== undefined) await rm(pidFile, { force: true });
}

/** Sets the password without a server that anyone could connect to: PostgreSQL's single-user mode, 0.1 s. */
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
    // A socket in a shared folder would be one more door; the loopback address is enough.
    unix_socket_directories: '',
    // A fleet's worker processes, the notifier and commands each have a pool.
    max_connections: '200',
    shared_buffers: '64MB',
    // Short statements only: compiling them costs more than it saves.
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

/** Connects, as soon as the server lets us, and makes the database unless it is there. */
async function ensureDatabase(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await selectDatabase(client, DATABASE);
      if (found.length === 0) await createDatabase(client, DATABASE);
      return;
    } catch {
      await delay(50, undefined, { signal }).catch(() => undefined);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function wrapCommand(
  cluster: Cluster,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  // The tether is the inner one: a change of account unties it.
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
    // Making a cluster takes 1.5 s, recovering one in single-user mode as long as its log is: minutes at worst.
    timeoutMs: 120_000,
    signal: cluster.signal,
    ...(input === undefined ? {} : { input }),
  });
}
