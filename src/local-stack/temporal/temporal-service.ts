import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { freePort } from '../../shared/free-port.js';
import { plainEnvironment } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import type { TemporalBinary } from './temporal-binary.js';
import type { CommandWrapper } from '../process/tether.js';

/** Search attributes of our workflows; all are keywords. */
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
  readonly ports: { readonly temporal?: number | undefined; readonly temporalUi?: number | undefined };
  readonly endWithHost: CommandWrapper;
}

export interface TemporalEndpoint {
  readonly port: number;
  readonly uiPort: number;
  /** Of the server's HTTP interface. */
  readonly httpPort: number;
  readonly address: string;
  readonly uiUrl: string;
}

/**
 * Temporal's development server on the home's SQLite file, as a service. Throws an EnvironmentError when a newer
 * server wrote that file.
 */
export async function createTemporalService(
  options: TemporalServiceOptions,
): Promise<ServiceDefinition<TemporalEndpoint>> {
  const { paths } = options;
  await mkdir(dirname(paths.temporalFile), { recursive: true });
  await claimHome(paths, options.binary);
  const log = paths.log('temporal');
  let place: TemporalEndpoint | undefined;
  return {
    name: 'temporal',
    log,
    // It is up in 2 s; a large file, or a machine under load, takes ten times that.
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    // It ends in well under a second. Its file survives a SIGKILL: that is what the journal is for.
    stopGraceMs: 3_000,
    launch: async (previous) => {
      await moveUnfinishedAside(paths);
      // A start that failed may have lost one of its ports to another program: the next takes others.
      place = previous ?? (await chooseEndpoint(place === undefined ? options.ports : {}));
      const [command, ...args] = options.endWithHost(serverCommand(options, place));
      return spawnService({ command, args, env: plainEnvironment(options.env), cwd: paths.home, log });
    },
    ready: async (_process, signal) => {
      if (place === undefined) throw new Error('it was not launched');
      await waitUntilServing(place.httpPort, options.namespace, signal);
      await writeVersion(paths, options.binary);
      return place;
    },
  };
}

async function chooseEndpoint(wanted: TemporalServiceOptions['ports']): Promise<TemporalEndpoint> {
  const port = await freePort(wanted.temporal);
  const uiPort = await freePort(wanted.temporalUi);
  const httpPort = await freePort(undefined);
  return { port, uiPort, httpPort, address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` };
}

function serverCommand(
  options: TemporalServiceOptions,
  place: TemporalEndpoint,
): readonly [string, ...string[]] {
  return [
    options.binary.path,
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
    ...['--port', String(place.port), '--ui-port', String(place.uiPort)],
    ...['--http-port', String(place.httpPort)],
    ...['--namespace', options.namespace, '--db-filename', options.paths.temporalFile],
    // With the file's default settings every commit waits for the disk: a run takes three to four times as long.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/**
 * Waits until the server knows its namespace, or throws once `signal` is aborted: it accepts connections a little before that. Asked over HTTP,
 * since the gRPC client takes half a second to load, which every start would wait for.
 */
async function waitUntilServing(httpPort: number, namespace: string, signal: AbortSignal): Promise<void> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  for (;;) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url, { signal });
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(50, undefined, { signal }).catch(() => undefined);
  }
}

/** Sees that no newer server wrote the home's file, and notes that this one does from now on. */
async function claimHome(paths: StackPaths, binary: TemporalBinary): Promise<void> {
  const wrote = await readWriterVersion(paths);
  if (wrote === undefined) return;
  if (isNewer(wrote, binary.serverVersion)) {
    throw new EnvironmentError(
      `${paths.home} was written by Temporal server ${wrote}; the one at ${binary.path} is ${binary.serverVersion} and cannot read it.`,
      'Set TEMPORAL_CLI_PATH to a Temporal CLI at least as new, or LEADWRIGHT_HOME to another folder.',
    );
  }
  // Before it starts: it may change the file and be killed before it is up.
  await writeVersion(paths, binary);
}

/** Undefined until a server was up on the home's file for the first time. */
async function readWriterVersion(paths: StackPaths): Promise<string | undefined> {
  const text = await readFile(paths.temporalVersion, 'utf8').catch(() => undefined);
  return text?.trim();
}

async function writeVersion(paths: StackPaths, binary: TemporalBinary): Promise<void> {
  await writeFile(paths.temporalVersion, `${binary.serverVersion}\n`);
}

/**
 * Puts a file aside that a start left half made. The server makes its tables one by one and never looks again
 * whether all are there: killed, or out of disk, in its first tenth of a second it would fail at every later start.
 * Nothing is lost, since nobody had its address yet; nothing is deleted either, in case only the version is missing.
 */
async function moveUnfinishedAside(paths: StackPaths): Promise<void> {
  if ((await readWriterVersion(paths)) !== undefined) return;
  for (const part of ['', '-wal', '-shm']) {
    await rename(`${paths.temporalFile}${part}`, `${paths.temporalFile}.unfinished${part}`).catch(
      () => undefined,
    );
  }
}

/** Whether version `a` is newer than `b`, both like `1.32.0`; something else is never newer. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (const [index, number] of (left ?? []).entries()) {
    const other = right?.[index] ?? 0;
    if (number !== other) return number > other;
  }
  return false;
}
