import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../config.js';
import { EnvironmentError } from '../errors.js';
import { freePort } from './free-port.js';
import { plainEnvironment } from './run-tool.js';
import type { ServiceDefinition } from './service.js';
import { spawnService } from './spawn-service.js';
import type { StackPaths } from './stack-paths.js';
import type { TemporalBinary } from './temporal-binary.js';
import type { CommandWrapper } from './tether.js';

/** Search attributes of our workflows; all are keywords. */
export const SEARCH_ATTRIBUTES = [
  'LeadwrightRun',
  'LeadwrightTask',
  'LeadwrightRole',
  'LeadwrightStatus',
] as const;

export interface TemporalServerOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly binary: TemporalBinary;
  readonly namespace: string;
  readonly ports: { readonly temporal?: number | undefined; readonly temporalUi?: number | undefined };
  readonly tether: CommandWrapper;
}

export interface TemporalPlace {
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
export async function temporalServer(
  options: TemporalServerOptions,
): Promise<ServiceDefinition<TemporalPlace>> {
  const { paths } = options;
  await mkdir(dirname(paths.temporalFile), { recursive: true });
  await claimHome(paths, options.binary);
  const log = paths.log('temporal');
  let place = await choosePlace(options);
  return {
    name: 'temporal',
    log,
    // It is up in 2 s; a large file, or a machine under load, takes ten times that.
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    // It ends in well under a second. Its file survives a SIGKILL: that is what the journal is for.
    stopGraceMs: 3_000,
    launch: async (previous) => {
      // Before it ever was up, a port that someone else got meanwhile may be the reason.
      if (previous === undefined) place = await choosePlace(options, place);
      const [command, ...args] = options.tether(serverCommand(options, place));
      return spawnService({ command, args, env: plainEnvironment(options.env), cwd: paths.home, log });
    },
    ready: async (_process, signal) => {
      await answering(place.httpPort, options.namespace, signal);
      return place;
    },
  };
}

async function choosePlace(options: TemporalServerOptions, before?: TemporalPlace): Promise<TemporalPlace> {
  const port = await freePort(before?.port ?? options.ports.temporal);
  const uiPort = await freePort(before?.uiPort ?? options.ports.temporalUi);
  const httpPort = await freePort(undefined);
  return { port, uiPort, httpPort, address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` };
}

function serverCommand(options: TemporalServerOptions, place: TemporalPlace): readonly [string, ...string[]] {
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
 * Waits until the server knows its namespace: it accepts connections a little before that. Asked over HTTP,
 * since the gRPC client takes half a second to load, which every start would wait for.
 */
async function answering(httpPort: number, namespace: string, signal: AbortSignal): Promise<void> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  while (!signal.aborted) {
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

/** Notes in the home which server writes its file, after seeing that none newer did. */
async function claimHome(paths: StackPaths, binary: TemporalBinary): Promise<void> {
  const wrote = (await readFile(paths.temporalVersion, 'utf8').catch(() => '')).trim();
  if (isNewer(wrote, binary.serverVersion)) {
    throw new EnvironmentError(
      `${paths.home} was written by Temporal server ${wrote}; the one at ${binary.path} is ${binary.serverVersion} and cannot read it.`,
      'Set TEMPORAL_CLI_PATH to a Temporal CLI at least as new, or LEADWRIGHT_HOME to another folder.',
    );
  }
  await writeFile(paths.temporalVersion, `${binary.serverVersion}\n`);
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
