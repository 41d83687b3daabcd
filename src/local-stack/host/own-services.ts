import { z } from 'zod';
import type { Environment } from '../../shared/config.js';
import type { Command } from '../child-commands.js';
import { isPortFree } from '../../shared/network/free-port.js';
import { endProcess, isAlive } from '../process/process-identity.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService, type RunningProcess } from '../process/spawn-service.js';
import type { Ports } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';
import type { CommandWrapper } from '../process/parent-watch.js';

export interface OwnProcessOptions {
  readonly paths: StackPaths;
  readonly command: Command;
  /** What is known before the servers are up. */
  readonly env: Environment;
  readonly endWithHost: CommandWrapper;
}

export interface OwnServiceOptions extends OwnProcessOptions {
  /** The variables that are known once the servers are up. */
  readonly addresses: Readonly<Record<string, string>>;
  /** The process of the first start, when it was started early. */
  readonly early?: EarlyProcess | undefined;
}

/**
 * A process that was started before the servers are up. Loading its code takes about as long as their start; then it waits
 * for their addresses.
 */
export class EarlyProcess {
  readonly #process: Promise<RunningProcess | undefined>;

  constructor(spawned: Promise<RunningProcess>) {
    // One that cannot be started is started again when it is needed, which reports the reason.
    this.#process = spawned.catch(() => undefined);
  }

  /** The process; undefined when it has ended. */
  async take(): Promise<RunningProcess | undefined> {
    const process = await this.#process;
    return process !== undefined && isAlive(process.identity) ? process : undefined;
  }

  /** Ends it. Returns when it has ended. */
  async end(): Promise<void> {
    const process = await this.#process;
    if (process !== undefined) await endProcess(process.identity, 'SIGTERM', EARLY_END_MS);
  }
}

/** It has nothing to hand over. A busy machine takes a hundred times what it needs. */
const EARLY_END_MS = 2_000;

const workerReady = z.object({ ready: z.literal(true) });
const notifierReady = workerReady.extend({
  url: z.url(),
  /** The Temporal UI behind the dashboard's sign-in; null where there is none. */
  temporalUi: z.url().nullable(),
});

/** Creates the service of a worker process. */
export function createWorkerService(options: OwnServiceOptions): ServiceDefinition<{ readonly ready: true }> {
  const log = options.paths.log('worker');
  return {
    name: 'worker',
    log,
    // It is up in 2 s. Without a prebuilt workflow bundle, on a busy machine, it takes twenty.
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    // It hands its work over. An activity that does not end in time is run again by the next worker.
    stopGraceMs: 10_000,
    launch: (previous) => launchOwnProcess(options, previous, () => startWorkerProcess(options)),
    ready: async (running) => workerReady.parse(JSON.parse(await running.firstLine)),
  };
}

export interface NotifierEndpoint {
  readonly url: string;
  readonly temporalUi: string | null;
}

/** Starts a worker process, which waits for the addresses. */
export function startWorkerProcess(options: OwnProcessOptions): Promise<RunningProcess> {
  return spawnOwnProcess(options, {}, options.paths.log('worker'));
}

/**
 * Creates the service of the notifier. It chooses its own address unless the user did. A restarted one listens at
 * its last ports again, so that open pages find it.
 */
export function createNotifierService(
  options: OwnServiceOptions,
  lastPorts: NotifierPorts,
): ServiceDefinition<NotifierEndpoint> {
  const log = options.paths.log('notifier');
  return {
    name: 'notifier',
    log,
    // It is up in 1 s. A busy machine takes ten times that.
    readyWithinMs: 30_000,
    stopSignal: 'SIGTERM',
    // It closes its connections. Clients reconnect with `after`, so a SIGKILL loses nothing.
    stopGraceMs: 3_000,
    launch: (previous) =>
      launchOwnProcess(options, previous, () =>
        startNotifierProcess(options, previous === undefined ? lastPorts : portsOf(previous)),
      ),
    ready: async (running) => notifierReady.parse(JSON.parse(await running.firstLine)),
  };
}

/** Starts a notifier process, which waits for the addresses. */
export async function startNotifierProcess(
  options: OwnProcessOptions,
  ports: NotifierPorts,
): Promise<RunningProcess> {
  const listen = options.env['LEADWRIGHT_LISTEN'] ?? (await previousListenAddress(ports.notifier));
  const env = {
    ...(listen !== undefined && { LEADWRIGHT_LISTEN: listen }),
    ...(ports.temporalUi !== undefined && { LEADWRIGHT_TEMPORAL_UI_PORT: String(ports.temporalUi) }),
  };
  return spawnOwnProcess(options, env, options.paths.log('notifier'));
}

export type NotifierPorts = Pick<Ports, 'notifier' | 'temporalUi'>;

export function portsOf({ url, temporalUi }: NotifierEndpoint): NotifierPorts {
  const portOf = (address: string) => Number(new URL(address).port);
  return { notifier: portOf(url), ...(temporalUi !== null && { temporalUi: portOf(temporalUi) }) };
}

async function previousListenAddress(port: number | undefined): Promise<string | undefined> {
  return port !== undefined && (await isPortFree(port)) ? `127.0.0.1:${port}` : undefined;
}

/** Takes the early process for the first start, otherwise starts one, and sends it the addresses. */
async function launchOwnProcess(
  { early, addresses }: OwnServiceOptions,
  previous: unknown,
  start: () => Promise<RunningProcess>,
): Promise<RunningProcess> {
  const running = (previous === undefined ? await early?.take() : undefined) ?? (await start());
  running.writeLine(JSON.stringify(addresses));
  return running;
}

function spawnOwnProcess(options: OwnProcessOptions, env: Environment, log: string): Promise<RunningProcess> {
  const [command, ...args] = options.endWithHost(options.command);
  return spawnService({ command, args, env: { ...options.env, ...env }, cwd: options.paths.home, log });
}
