import type { Command } from 'commander';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { isInFleet, nonEmpty, type Environment } from '../../shared/config.js';
import { migrate } from '../../db/migrate.js';
import { EnvironmentError, EXIT, messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import { probeDatabase, readExternalTemporal } from '../../local-stack/external-services.js';
import { Launcher } from '../../launcher/launcher.js';
import { removeLeftoverProcessFolders } from '../../shared/process/process-folder.js';
import { claimLayout } from '../../local-stack/home-layout.js';
import { useStarter } from '../../shared/process/group.js';
import { socketPaths } from '../../shared/network/sockets.js';
import { obtainToken } from '../../shared/network/token.js';
import type { ServerLocation } from '../../worker/live-text-link.js';
import { makeFirstCurrent, readFleet, type FleetConnection } from '../../worker/fleet.js';
import { startTracing } from '../../tracing/tracing.js';
import { openLeadStarter } from '../../worker/lead-starter.js';
import { OwnActivities } from '../../worker/own-activities.js';
import { DeadWorkerWatch } from '../../worker/dead-worker-watch.js';
import { servesWorkflows } from '../../worker/take-over.js';
import { workerLogger } from '../../worker/logger.js';
import { readTemporalMetrics } from '../../worker/telemetry.js';
import { buildId } from '../../worker/version.js';
import { endpointOf, endpointProblem } from '../../model/endpoint.js';
import { preloadClients } from '../../model/clouds/open-client.js';
import { TaskHold } from '../../worker/task-hold.js';
import { createWorkers, stopWorkers } from '../../worker/worker.js';
import { QUEUES, type Queue } from '../../contract/payloads.js';
import { openActivityContext } from '../../worker/open-activity-context.js';
import type { Act } from '../command.js';
import { say, warn } from '../print/output.js';
import {
  databaseOf,
  isStartedByHost,
  receiveAddresses,
  reportReady,
  untilStopped,
} from '../session/service-process.js';
import { pathsOf } from '../session/session.js';

export function declare(command: Command, act: Act): void {
  command
    .option('--queues <list>', 'the task queues it takes work from', QUEUES.join(','))
    .action(({ queues }: { readonly queues: string }) => act((env) => worker(env, parseQueues(queues))));
}

/** Runs a worker until a signal stops it or its host ends. */
async function worker(given: Environment, queues: readonly Queue[]): Promise<ExitCode> {
  if (nonEmpty(given['LEADWRIGHT_GIT_REMOTE']) !== undefined) {
    throw new EnvironmentError(
      'LEADWRIGHT_GIT_REMOTE is not supported yet: a later version of Leadwright shares commits over a git remote',
      'Unset it. The workers of a fleet share the folder LEADWRIGHT_HOME.',
    );
  }
  const env = await receiveAddresses(given);
  if (queues.includes('model') && !isStartedByHost()) warnWithoutModel(env);
  await claimLayout(pathsOf(env));
  const databaseUrl = databaseOf(env);
  await probeDatabase(databaseUrl);
  await migrate(databaseUrl);
  Runtime.install({ logger: workerLogger(), ...readTemporalMetrics(env) });
  const launcher = await openLauncher();
  const { connectionOptions, namespace = 'default' } = await readExternalTemporal(env);
  const connection = await connect(connectionOptions);
  // It waits for programs that it starts. Meanwhile the workers load the workflows, which takes half a second.
  const hold = new TaskHold();
  const opening = openActivityContext(env, databaseUrl, queues, await notifierOf(env), hold);
  const context = opening.then((found) => found.context);
  const lease = opening.then((found) => found.lease);
  // Reported where the result of opening is awaited.
  for (const part of [context, lease]) part.catch(() => undefined);
  context.then(loadBeforeNeeded, () => undefined);
  const build = isInFleet(env) ? buildId() : undefined;
  const tracing = await startTracing(env, 'leadwright-worker');
  const own = new OwnActivities();
  const [workers, opened] = await Promise.all([
    createWorkers(env, context, { connection, namespace, queues, build, tracing, own, hold, lease }),
    opening,
  ]);
  const { db } = opened.context;
  const leads = servesWorkflows(queues)
    ? await openLeadStarter(env, { connection, namespace, tracing, db, databaseUrl })
    : null;
  const stop = () => stopWorkers(workers, opened.context);
  const running = Promise.all(workers.map((each) => each.run()));
  // Reported where it is awaited, also when a worker fails before that.
  running.catch(() => undefined);
  untilStopped().then(stop, stop);
  if (build !== undefined) await reportBuild({ service: connection.workflowService, namespace }, build);
  reportReady({ ready: true });
  const watch = new DeadWorkerWatch(
    { service: connection.workflowService, namespace, db, own },
    opened.lease,
    Runtime.instance().logger,
  );
  await running.finally(() => Promise.all([watch.close(), leads?.close()]));
  await tracing?.close();
  await connection.close();
  await opened.close();
  await launcher.close();
  return EXIT.completed;
}

/** The command that makes a host start a worker says this itself. */
function warnWithoutModel(env: Environment): void {
  const problem = endpointProblem(endpointOf(env));
  if (problem === null) return;
  warn(`${problem.message}. This worker serves the scripted model only. ${problem.fix}`);
}

/** Loads what the first run needs. Called while the thread of the workflows loads: this one has nothing else to do then. */
function loadBeforeNeeded(): void {
  preloadClients().catch((error: unknown) => {
    Runtime.instance().logger.warn(`the model's client could not be loaded: ${messageOf(error)}`);
  });
}

/** From now on all children of this process are started by a launcher. */
async function openLauncher(): Promise<Launcher> {
  const { logger } = Runtime.instance();
  await removeLeftoverProcessFolders();
  const launcher = new Launcher((message) => {
    logger.warn(message);
  });
  launcher.open();
  useStarter((command) => launcher.start(command));
  return launcher;
}

/**
 * Where the text of an answer is sent while the model writes it: to LEADWRIGHT_NOTIFIER in a fleet, otherwise to the
 * notifier of the host that started this worker. Null when there is neither.
 */
async function notifierOf(env: Environment): Promise<ServerLocation | null> {
  const given = nonEmpty(env['LEADWRIGHT_NOTIFIER']);
  if (given !== undefined && !/^https?:/.test(given)) {
    throw new UsageError(`LEADWRIGHT_NOTIFIER is ${JSON.stringify(given)}: expected http://host:port`);
  }
  if (given === undefined && !isStartedByHost()) return null;
  const paths = pathsOf(env);
  const { value: token } = await obtainToken(paths.token, env);
  // Not the port of the host's notifier: while it is restarted, another user's process could take that, and receive the token.
  return { address: given ?? { socket: socketPaths(paths.home).server }, token };
}

/**
 * Prints whether this worker's build is the current one. While no build is current, no run starts. A worker started by
 * a host then makes its own build current; in a fleet, a person does that once the workers run.
 */
async function reportBuild(fleet: FleetConnection, build: string): Promise<void> {
  try {
    const current = isStartedByHost()
      ? await makeFirstCurrent(fleet, build)
      : (await readFleet(fleet)).current;
    if (current === build) say(`This worker is of the current build, ${build}.`);
    else {
      const what = current === null ? 'no build is current' : `the current build is ${current}`;
      say(
        `This worker is of the build ${build}; ${what}. It gets work after: leadwright doctor --set-current`,
      );
    }
  } catch (error) {
    // The server is too old for worker versions, or refuses the query: `leadwright doctor` explains it.
    say(
      `This worker is of the build ${build}. Could not find out which build is current: ${messageOf(error)}`,
    );
  }
}

async function connect(options: Parameters<typeof NativeConnection.connect>[0]): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw new EnvironmentError(
      `Temporal cannot be reached at ${options?.address ?? 'localhost:7233'}: ${messageOf(error)}`,
      'Start it, or correct TEMPORAL_ADDRESS and what goes with it.',
    );
  }
}

/** @throws UsageError for a name that is no task queue */
function parseQueues(list: string): Queue[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  return names.map((name) => {
    const queue = QUEUES.find((known) => known === name);
    if (queue !== undefined) return queue;
    throw new UsageError(`--queues: ${JSON.stringify(name)} is none of ${QUEUES.join(', ')}`);
  });
}
