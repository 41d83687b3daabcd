import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { freePort } from '../../shared/network/free-port.js';
import { retryWhile } from '../../shared/async/retry-while.js';
import type { Command } from '../child-commands.js';
import type { ParentWatch } from '../process/parent-watch.js';
import { endProcess, identityOf } from '../process/process-identity.js';
import { plainEnvironment } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService, type ReceivingProcess } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import { askNamespace } from './ask-namespace.js';
import { issueCertificates, type Certificates } from './certificates.js';
import { ConnectionListener } from './connection-listener.js';
import type { NetworkNamespace } from './network-namespace.js';
import { relayStarted, type RelayStart } from './relay-protocol.js';
import type { TemporalBinary } from './temporal-binary.js';
import { SERVER_NAME, writeClientFiles } from './temporal-settings.js';

/** The search attributes of Leadwright's workflows; all are keywords. */
export const SEARCH_ATTRIBUTES = [
  'LeadwrightRun',
  'LeadwrightTask',
  'LeadwrightRole',
  'LeadwrightStatus',
] as const;

export interface TemporalServiceOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly binary: TemporalBinary;
  readonly namespace: string;
  /** The port of the last start. */
  readonly port: number | undefined;
  /** The command of the relay. */
  readonly relay: Command;
  /** Where the server runs. Without a namespace its own ports are open to every user of this machine. */
  readonly network: NetworkNamespace;
  readonly parentWatch: ParentWatch;
}

export interface TemporalEndpoint {
  /** The loopback port at which clients with the key files reach the server. */
  readonly port: number;
  readonly address: string;
}

/**
 * Creates the service of Temporal's development server, which keeps its data in the home's SQLite file. The server asks
 * nobody who they are, so it runs behind a relay, and where possible in a network namespace of its own.
 * @throws EnvironmentError when a newer server wrote that file
 */
export async function createTemporalService(
  options: TemporalServiceOptions,
): Promise<ServiceDefinition<TemporalEndpoint>> {
  const { paths } = options;
  await mkdir(dirname(paths.temporalFile), { recursive: true });
  await claimHome(paths, options.binary);
  // Once for each host, so that clients stay connected to a server that is restarted.
  const certificates = issueCertificates(SERVER_NAME);
  await writeClientFiles(paths.home, certificates);
  let port = 0;
  const listener = new ConnectionListener();
  return {
    name: 'temporal',
    log: paths.log('temporal'),
    // It is up in half a second. With a large file, or on a machine under load, it takes ten times that and more.
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    // It would end after more than a second: it waits for the rest of a cluster, which there is none of, and then writes how
    // far it has read its queues. After a SIGKILL it reads a part of them again; SQLite's journal keeps what was committed.
    stopGraceMs: 200,
    launch: async () => {
      await moveUnfinishedAside(paths);
      port = await listener.listen(options.port);
      const running = await launchServer(options, certificates);
      listener.passTo(running);
      return running;
    },
    ready: async (_process, signal) => {
      const ask = (): Promise<void> => askNamespace(port, certificates, options.namespace, signal);
      await retryWhile(() => true, ask, { signal, pauseMs: POLL_MS });
      await writeVersion(paths, options.binary);
      return { port, address: `127.0.0.1:${port}` };
    },
  };
}

/**
 * Go collects garbage when the memory in use has grown by this much, in percent. Its default of 100 costs the server an eighth of
 * its processor time; at 200 it takes some 100 MB more.
 * Source: pkg.go.dev/runtime, "Environment Variables".
 */
const GOGC = '200';

/** Starts the relay, which starts the server. The result is the server, so that signals go to it. */
async function launchServer(
  options: TemporalServiceOptions,
  { authority, server }: Certificates,
): Promise<ReceivingProcess> {
  const { paths, network } = options;
  const [command, ...args] = network.type === 'available' ? network.enter(options.relay) : options.relay;
  const relay = await spawnService({
    ...{ command, args, cwd: paths.home, log: paths.log('temporal') },
    // The home is there for people who look for its processes.
    env: { ...plainEnvironment(options.env), LEADWRIGHT_HOME: paths.home, GOGC },
    messages: true,
  });
  const ports = await choosePorts(network);
  const start: RelayStart = {
    command: [...options.parentWatch('KILL')(serverCommand(options, ports))],
    grpcPort: ports.grpc,
    uiPort: ports.ui,
    uiSocket: paths.sockets.temporalUi,
    tls: { ...server, authority },
  };
  relay.send(start);
  const line = await Promise.race([relay.firstLine, relay.ended.then((ending) => ({ ending }))]);
  if (typeof line !== 'string') {
    throw new Error(`its relay ended with ${line.ending}; its log says: ${await relay.lastLogLine()}`);
  }
  const { serverPid } = relayStarted.parse(JSON.parse(line));
  const identity = identityOf(serverPid) ?? { pid: serverPid, startedAt: 'gone' };
  return {
    ...relay,
    identity,
    // A relay that was killed leaves the server where the kernel knows no parent-death signal.
    ended: relay.ended.then(async (ending) => {
      await endProcess(identity, 'SIGKILL', 0);
      return ending;
    }),
  };
}

interface ServerPorts {
  readonly grpc: number;
  readonly ui: number;
  readonly http: number;
}

/** In a namespace of its own all ports are free; these are Temporal's usual ones. */
const OWN_PORTS: ServerPorts = { grpc: 7233, ui: 8233, http: 7243 };

async function choosePorts(network: NetworkNamespace): Promise<ServerPorts> {
  if (network.type === 'available') return OWN_PORTS;
  return {
    grpc: await freePort(undefined),
    ui: await freePort(undefined),
    http: await freePort(undefined),
  };
}

/**
 * A timer fires up to a second late by default, because the clocks of several servers differ. Here is one. A lead waits with a
 * timer for a moment in which it can continue as new.
 */
export const PRECISE_TIMERS = [
  '--dynamic-config-value',
  'history.timerProcessorMaxTimeShift="100ms"',
] as const;

function serverCommand(options: TemporalServiceOptions, ports: ServerPorts): readonly [string, ...string[]] {
  return [
    options.binary.path,
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
    ...['--port', String(ports.grpc), '--ui-port', String(ports.ui), '--http-port', String(ports.http)],
    // The UI would load it from another machine.
    '--ui-disable-news-fetch',
    ...['--namespace', options.namespace, '--db-filename', options.paths.temporalFile],
    // With SQLite's default settings every commit waits for the disk, and a run takes three to four times as long.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    // A run of a thousand tasks does not hold up the others (src/runs/control/lead.ts).
    ...['--dynamic-config-value', 'matching.enableFairness=true'],
    // Only within a partition of a queue do the keys take turns. More than one serve to spread a queue over many servers.
    ...['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
    ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
    // What arrives at a workflow during one of its workflow tasks waits for its end; when 100 events wait, the server fails the
    // task instead, and the workflow is replayed. A lead's tasks may bring as many while it is replayed after a restart.
    ...['--dynamic-config-value', 'history.maximumBufferedEventsBatch=1000'],
    ...PRECISE_TIMERS,
    // With one namespace its queues gain nothing from separating tasks by namespace, and for that the server walks through all
    // tasks of the last half minute at each new one: 9 % of its processor time with 400 tasks at once.
    ...['--dynamic-config-value', 'history.queueShrinkPredicateMaxPendingKeys=0'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** The server is up 0.1 s after its start, on a machine that has nothing else to do. */
const POLL_MS = 25;

/** Checks that no newer server wrote the home's file, and records this server's version. */
async function claimHome(paths: StackPaths, binary: TemporalBinary): Promise<void> {
  const wrote = await readWriterVersion(paths);
  if (wrote === undefined) return;
  if (isNewer(wrote, binary.serverVersion)) {
    throw new EnvironmentError(
      `${paths.home} was written by Temporal server ${wrote}; the one at ${binary.path} is ${binary.serverVersion} and cannot read it.`,
      'Set TEMPORAL_CLI_PATH to a Temporal CLI at least as new, or LEADWRIGHT_HOME to another folder.',
    );
  }
  // Before the start, because the server may change the file and be killed before it is up.
  await writeVersion(paths, binary);
}

/** The version of the server that wrote the home's file; undefined until a server has used it. */
async function readWriterVersion(paths: StackPaths): Promise<string | undefined> {
  const text = await readFile(paths.temporalVersion, 'utf8').catch(() => undefined);
  return text?.trim();
}

async function writeVersion(paths: StackPaths, binary: TemporalBinary): Promise<void> {
  await writeFile(paths.temporalVersion, `${binary.serverVersion}\n`);
}

/**
 * Renames a database file that a start left incomplete. The server creates its tables one by one and never checks
 * later whether all exist. If it is killed or the disk fills up in its first tenth of a second, every later start
 * fails. No data is lost, because nobody had the server's address yet. The file is kept, in case only the version file
 * is missing.
 */
async function moveUnfinishedAside(paths: StackPaths): Promise<void> {
  if ((await readWriterVersion(paths)) !== undefined) return;
  for (const part of ['', '-wal', '-shm']) {
    await rename(`${paths.temporalFile}${part}`, `${paths.temporalFile}.unfinished${part}`).catch(
      () => undefined,
    );
  }
}

/** Whether version `a` is newer than `b`. Both are like `1.32.0`; any other text is never newer. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (const [index, number] of (left ?? []).entries()) {
    const other = right?.[index] ?? 0;
    if (number !== other) return number > other;
  }
  return false;
}
