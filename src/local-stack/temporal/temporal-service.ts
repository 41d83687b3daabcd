import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { freePort } from '../../shared/free-port.js';
import { retryWhile } from '../../shared/retry-while.js';
import { plainEnvironment } from '../process/run-tool.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService } from '../process/spawn-service.js';
import type { StackPaths } from '../stack-paths.js';
import type { TemporalBinary } from './temporal-binary.js';
import type { CommandWrapper } from '../process/parent-watch.js';

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
  readonly ports: { readonly temporal?: number | undefined; readonly temporalUi?: number | undefined };
  readonly endWithHost: CommandWrapper;
}

export interface TemporalEndpoint {
  readonly port: number;
  readonly uiPort: number;
  /** Port of the server's HTTP API. */
  readonly httpPort: number;
  readonly address: string;
  readonly uiUrl: string;
}

/**
 * Creates the service of Temporal's development server, which keeps its data in the home's SQLite file.
 * @throws EnvironmentError when a newer server wrote that file
 */
export async function createTemporalService(
  options: TemporalServiceOptions,
): Promise<ServiceDefinition<TemporalEndpoint>> {
  const { paths } = options;
  await mkdir(dirname(paths.temporalFile), { recursive: true });
  await claimHome(paths, options.binary);
  const log = paths.log('temporal');
  let endpoint: TemporalEndpoint | undefined;
  return {
    name: 'temporal',
    log,
    // It is up in 2 s. With a large file, or on a machine under load, it takes ten times that.
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    // It ends in well under a second. Its file survives a SIGKILL, because SQLite keeps a journal.
    stopGraceMs: 3_000,
    launch: async (previous) => {
      await moveUnfinishedAside(paths);
      // A start may fail because another program took one of its ports, so the next start uses other ports.
      endpoint = previous ?? (await chooseEndpoint(endpoint === undefined ? options.ports : {}));
      const [command, ...args] = options.endWithHost(serverCommand(options, endpoint));
      return spawnService({ command, args, env: plainEnvironment(options.env), cwd: paths.home, log });
    },
    ready: async (_process, signal) => {
      if (endpoint === undefined) throw new Error('it was not launched');
      await waitUntilServing(endpoint.httpPort, options.namespace, signal);
      await writeVersion(paths, options.binary);
      return endpoint;
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
  endpoint: TemporalEndpoint,
): readonly [string, ...string[]] {
  return [
    options.binary.path,
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
    ...['--port', String(endpoint.port), '--ui-port', String(endpoint.uiPort)],
    ...['--http-port', String(endpoint.httpPort)],
    ...['--namespace', options.namespace, '--db-filename', options.paths.temporalFile],
    // With SQLite's default settings every commit waits for the disk, and a run takes three to four times as long.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** Short beside the 2 s of a start. */
const POLL_MS = 50;

/**
 * Waits until the server knows its namespace; it accepts connections a little earlier. Uses HTTP, because the gRPC
 * client takes half a second to load, which every start would wait for.
 * @throws an AbortError once the signal is aborted
 */
async function waitUntilServing(httpPort: number, namespace: string, signal: AbortSignal): Promise<void> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const ask = async (): Promise<void> => {
    const response = await fetch(url, { signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
  };
  await retryWhile(() => true, ask, { signal, pauseMs: POLL_MS });
}

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
