import { z } from 'zod';
import type { Environment } from '../../shared/config.js';
import type { Command } from '../child-commands.js';
import { isPortFree } from '../../shared/free-port.js';
import type { ServiceDefinition } from '../process/service.js';
import { spawnService, type RunningProcess } from '../process/spawn-service.js';
import type { Ports } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';
import type { CommandWrapper } from '../process/parent-watch.js';

export interface OwnServiceOptions {
  readonly paths: StackPaths;
  readonly command: Command;
  readonly env: Environment;
  readonly endWithHost: CommandWrapper;
}

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
    launch: () => spawnOwnProcess(options, options.env, log),
    ready: async (running) => workerReady.parse(JSON.parse(await running.firstLine)),
  };
}

export interface NotifierEndpoint {
  readonly url: string;
  readonly temporalUi: string | null;
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
    launch: async (previous) => {
      const ports = previous === undefined ? lastPorts : portsOf(previous);
      const listen = options.env['LEADWRIGHT_LISTEN'] ?? (await previousListenAddress(ports.notifier));
      const env = {
        ...options.env,
        ...(listen !== undefined && { LEADWRIGHT_LISTEN: listen }),
        ...(ports.temporalUi !== undefined && { LEADWRIGHT_TEMPORAL_UI_PORT: String(ports.temporalUi) }),
      };
      return spawnOwnProcess(options, env, log);
    },
    ready: async (running) => notifierReady.parse(JSON.parse(await running.firstLine)),
  };
}

export type NotifierPorts = Pick<Ports, 'notifier' | 'temporalUi'>;

export function portsOf({ url, temporalUi }: NotifierEndpoint): NotifierPorts {
  const portOf = (address: string) => Number(new URL(address).port);
  return { notifier: portOf(url), ...(temporalUi !== null && { temporalUi: portOf(temporalUi) }) };
}

async function previousListenAddress(port: number | undefined): Promise<string | undefined> {
  return port !== undefined && (await isPortFree(port)) ? `127.0.0.1:${port}` : undefined;
}

function spawnOwnProcess(options: OwnServiceOptions, env: Environment, log: string): Promise<RunningProcess> {
  const [command, ...args] = options.endWithHost(options.command);
  return spawnService({ command, args, env, cwd: options.paths.home, log });
}
