import { randomBytes } from 'node:crypto';
import { appendFile, chown, mkdir, readFile, readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { clientClass } from '../../db/scram-client.js';
import { freePort } from '../../shared/network/free-port.js';
import { makePrivateFolder } from '../../shared/files/private-folder.js';
import { retryWhile } from '../../shared/async/retry-while.js';
import { choosePostgresAccount, type PostgresAccount } from './postgres-account.js';
import { giveData } from './give-data.js';
import { endLeftProcesses } from './left-processes.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { explainWithDisk } from '../home-space.js';
import { endProcess, identityOf } from '../process/process-identity.js';
import { errorText, plainEnvironment, runTool, type ToolResult } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import type { CommandWrapper } from '../process/parent-watch.js';

/** The owner of the one database. Everything uses this role once PostgreSQL runs. */
const ROLE = 'leadwright';
const DATABASE = 'leadwright';
/** The superuser. It has no password and pg_hba.conf does not name it, so that only single-user mode has its rights. */
const SUPERUSER = 'postgres';
/** Part of the socket's file name. */
const SOCKET_PORT = 5432;

export interface PostgresOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly endWithHost: CommandWrapper;
  readonly signal: AbortSignal;
  /** Whether it listens on loopback because there are no Unix sockets: on Windows. */
  readonly tcpOnly?: boolean;
  /**
   * For temporary data, as in tests: nothing is flushed to disk, which is most of the time of a start or a commit. The
   * role may create more databases.
   */
  readonly throwAway?: boolean;
}

export interface PostgresEndpoint {
  readonly databaseUrl: string;
}

/** The options, with the programs, account and data folder that they lead to. */
interface Cluster extends PostgresOptions {
  readonly tcpOnly: boolean;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
  readonly data: string;
}

/**
 * Creates the service of the embedded PostgreSQL; creates or checks its data first. The server listens on a Unix socket
 * in a folder that only its account can enter. Its password is new with each host and only in memory, so that nothing
 * secret is written.
 * @throws EnvironmentError when the data belongs to another major version or the server cannot be set up
 */
export async function createPostgresService(
  options: PostgresOptions,
): Promise<ServiceDefinition<PostgresEndpoint>> {
  const cluster = await openCluster(options);
  const password = randomBytes(24).toString('hex');
  let port = SOCKET_PORT;
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
      if (!prepared) await setPassword(cluster, password, log);
      prepared = true;
      if (!cluster.tcpOnly) await makeSocketFolder(cluster);
      else if (previous === undefined) port = await freePort(undefined);
      const [command, ...args] = wrapCommand(cluster, serverCommand(cluster, port));
      const running = await spawnService({ command, args, ...processOptions(cluster), log });
      return {
        ...running,
        ended: running.ended.then(async (ending) => {
          await endLeftProcesses(cluster.data);
          return ending;
        }),
      };
    },
    ready: async (_process, signal) => {
      const databaseUrl = urlOf(cluster, port, password);
      await awaitConnection(databaseUrl, signal);
      return { databaseUrl };
    },
  };
}

/** The URL of the database. With `require_auth`, no client of ours sends the password to a server that asks for it. */
function urlOf({ paths, tcpOnly }: Cluster, port: number, password: string): string {
  const url = new URL(
    `postgresql://${ROLE}:${password}@${tcpOnly ? `127.0.0.1:${port}` : 'localhost'}/${DATABASE}`,
  );
  if (!tcpOnly) {
    url.searchParams.set('host', paths.sockets.postgres);
    // Otherwise PGPORT would choose it.
    url.searchParams.set('port', String(port));
  }
  url.searchParams.set('require_auth', 'scram-sha-256');
  return url.href;
}

async function openCluster(options: PostgresOptions): Promise<Cluster> {
  const data = options.paths.postgres;
  const binaries = await findPostgresBinaries(options.paths.home);
  const owner = await stat(data).then(
    (found) => ({ uid: found.uid, gid: found.gid }),
    () => undefined,
  );
  const tcpOnly = options.tcpOnly ?? process.platform === 'win32';
  const reached = [options.paths.home, binaries.folder, ...(tcpOnly ? [] : [options.paths.sockets.folder])];
  const account = await choosePostgresAccount(reached, owner, options.env);
  const cluster = { ...options, tcpOnly, binaries, account, data };
  await checkVersion(cluster);
  if (owner === undefined) await initialiseData(cluster);
  else if (owner.uid === 0 && account.owner !== undefined)
    await giveData(options.paths.home, data, account.owner);
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
    ...['--pgdata', made, '--username', SUPERUSER, '--encoding', 'UTF8', '--no-locale', '--no-instructions'],
    // Otherwise initdb needs a password in a file. The pg_hba.conf that is written below demands a password.
    '--auth=trust',
    ...(cluster.throwAway === true ? ['--no-sync'] : []),
  ]);
  cluster.signal.throwIfAborted();
  if (!ran.succeeded) {
    const { message, fix } = await explainWithDisk(cluster.paths.home, {
      message: `PostgreSQL could not create its data folder ${cluster.data}: ${errorText(ran.stderr)}`,
      fix: 'Fix what the message names and repeat the command, or set DATABASE_URL to a PostgreSQL of your own.',
    });
    throw new EnvironmentError(`${message}.`, fix);
  }
  const temporary = cluster.throwAway === true;
  await runAsSuperuser({ ...cluster, data: made }, [
    `CREATE ROLE ${ROLE} LOGIN${temporary ? ' CREATEDB' : ''}`,
    `CREATE DATABASE ${DATABASE} OWNER ${ROLE}`,
  ]);
  await writeFile(join(made, 'pg_hba.conf'), accessRules(temporary));
  await rename(made, cluster.data);
}

/** Who may connect, and how: pg_hba.conf. */
function accessRules(temporary: boolean): string {
  const who = `${temporary ? 'all' : DATABASE} ${ROLE}`;
  return `local ${who} scram-sha-256\nhost ${who} 127.0.0.1/32 scram-sha-256\n`;
}

/** Runs statements, one a line, in PostgreSQL's single-user mode (0.1 s), in which nobody can connect. */
async function runAsSuperuser(cluster: Cluster, statements: readonly string[]): Promise<void> {
  const ran = await runClusterTool(
    cluster,
    [cluster.binaries.postgres, '--single', '-D', cluster.data, 'postgres'],
    `${statements.join('\n')}\n`,
  );
  cluster.signal.throwIfAborted();
  if (!ran.succeeded || ran.stderr.includes('ERROR:')) throw new Error(errorText(ran.stderr));
}

/** Ends a server of this data whose host was killed before it recorded the server, with what the server has left behind. */
async function endOrphanedServer(cluster: Cluster): Promise<void> {
  await endOrphanedPostmaster(cluster);
  await endLeftProcesses(cluster.data);
}

/**
 * Ends the first process of such a server. Removes a pid file whose pid belongs to another process by now, because
 * PostgreSQL would take that process for a running server.
 */
async function endOrphanedPostmaster(cluster: Cluster): Promise<void> {
  const pidFile = join(cluster.data, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const identity = identityOf(pid);
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  // A server's working folder is its data folder. Without /proc, PostgreSQL's own check has to do.
  if (identity !== undefined && folder === cluster.data) await endProcess(identity, 'SIGINT', 5_000);
  else if (identity === undefined || folder !== undefined) await rm(pidFile, { force: true });
}

/** Sets the password before anybody can connect. A failure is also in the log, which the message names. */
async function setPassword(cluster: Cluster, password: string, log: string): Promise<void> {
  try {
    await runAsSuperuser(cluster, [`ALTER ROLE ${ROLE} NOSUPERUSER PASSWORD '${password}'`]);
  } catch (error) {
    const said = messageOf(error).replaceAll(password, '…');
    await appendFile(log, `${said}\n`, { mode: 0o600 }).catch(() => undefined);
    throw new Error(said);
  }
}

/** Creates the folder of the socket anew, because an earlier server may have had another account. */
async function makeSocketFolder({ paths, account }: Cluster): Promise<void> {
  await rm(paths.sockets.postgres, { recursive: true, force: true });
  makePrivateFolder(paths.sockets.postgres, account.owner);
}

function serverCommand(cluster: Cluster, port: number): readonly [string, ...string[]] {
  const settings = {
    // Any user of the machine can take a port before PostgreSQL, and can connect to one.
    listen_addresses: cluster.tcpOnly ? '127.0.0.1' : '',
    port: String(port),
    unix_socket_directories: cluster.tcpOnly ? '' : cluster.paths.sockets.postgres,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
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

/** Waits until the server accepts a connection. */
function awaitConnection(url: string, signal: AbortSignal): Promise<void> {
  const connect = async (): Promise<void> => {
    const client = new (clientClass(url))({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
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
