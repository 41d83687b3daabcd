/** The processes of the stack: up (a person's), worker, and the host behind them. */
import { NativeConnection, Runtime } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { homeFolder, nonEmpty, type Environment } from '../../shared/config.js';
import { migrate } from '../../db/migrate.js';
import { hasOpenWork } from '../../db/open-work.js';
import { EnvironmentError, EXIT, messageOf, UsageError, type ExitCode } from '../../contract/errors.js';
import { endpointOf, hasModel } from '../../model/endpoint.js';
import { probeDatabase } from '../../local-stack/external-services.js';
import { claimLayout } from '../../local-stack/home-layout.js';
import { runHost } from '../../local-stack/host/run-host.js';
import { readStackFile } from '../../local-stack/stack-file.js';
import { obtainToken } from '../../shared/token.js';
import type { NotifierPlace } from '../../worker/live-text-link.js';
import { makeFirstCurrent, readFleet, type FleetPlace } from '../../worker/fleet.js';
import { tracingOf } from '../../tracing/tracing.js';
import { workerLogger } from '../../worker/logger.js';
import { temporalMetrics } from '../../worker/telemetry.js';
import { takeOver, type TakeOverPlace } from '../../worker/take-over.js';
import { buildId } from '../../worker/version.js';
import { createWorkers, QUEUES, type Queue, stopWorkers } from '../../worker/worker.js';
import { openWorkplace } from '../../worker/open-context.js';
import type { Finding } from '../doctor/finding.js';
import { fleet } from '../doctor/check-fleet.js';
import { untilInterrupted } from '../following.js';
import { print, printJson, say } from '../output.js';
import { databaseOf, isHeld, sayReady, untilToldToStop } from '../service-process.js';
import { pathsOf, withSession } from '../session.js';

/** `leadwright up`: holds the stack, worker and all, until Ctrl-C. */
export async function up(env: Environment, { json }: { readonly json?: boolean }): Promise<ExitCode> {
  return untilInterrupted((signal) => keepUp(env, json === true, signal));
}

async function keepUp(env: Environment, json: boolean, signal: AbortSignal): Promise<ExitCode> {
  for (let first = true; ; first = false) {
    const ended = await withSession(env, 'model', async ({ hold }) => {
      if (first) announce(hold.notifierUrl, hold.temporal.uiUrl, await fleet(env), json);
      if (first && !hasModel(endpointOf(env))) {
        say('No ANTHROPIC_API_KEY is set: only the scripted example can run.');
      }
      const left = new Promise<'left'>((resolve) => {
        if (signal.aborted) resolve('left');
        signal.addEventListener('abort', () => resolve('left'));
      });
      return Promise.race([left, hold.lost.then(() => 'lost' as const)]);
    });
    if (ended === 'left') return EXIT.completed;
    say('The stack was lost; starting it again.');
  }
}

function announce(notifierUrl: string, uiUrl: string | null, fleet: readonly Finding[], json: boolean): void {
  if (json) {
    printJson({ dashboard: `${notifierUrl}/`, temporal: uiUrl });
    fleet.forEach(({ what, said, mend }) => say(`${what}: ${said} ${mend ?? ''}`.trimEnd()));
    return;
  }
  print('Leadwright is up. End it with Ctrl-C; open runs then go on with the next `leadwright up`.');
  print(`  dashboard    ${notifierUrl}/`);
  if (uiUrl !== null) print(`  Temporal UI  ${uiUrl}`);
  for (const { what, said, mend } of fleet) print(`  ${what.padEnd(12)} ${said}. ${mend ?? ''}`.trimEnd());
}

/** The internal process that supervises the stack of a home. */
export async function host(env: Environment): Promise<ExitCode> {
  await runHost({ home: homeFolder(env), env, migrate, hasOpenWork });
  return EXIT.completed;
}

/** `leadwright worker`: one worker process, until it is told to stop or its host is gone. */
export async function worker(env: Environment, { queues }: { readonly queues: string }): Promise<ExitCode> {
  const wanted = [...new Set(queues.split(',').map((text) => queueOf(text.trim())))];
  if (nonEmpty(env['LEADWRIGHT_GIT_REMOTE']) !== undefined) {
    throw new UsageError(
      'LEADWRIGHT_GIT_REMOTE: sharing commits over a git remote comes with a later version of Leadwright',
    );
  }
  await claimLayout(pathsOf(env));
  const databaseUrl = databaseOf(env);
  await probeDatabase(databaseUrl);
  await migrate(databaseUrl);
  Runtime.install({ logger: workerLogger(), ...temporalMetrics(env) });
  const opened = await openWorkplace(env, databaseUrl, wanted, await notifierOf(env));
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await connect(connectionOptions);
  const build = nonEmpty(env['LEADWRIGHT_UNVERSIONED']) === undefined ? buildId() : undefined;
  const tracing = await tracingOf(env, 'leadwright-worker');
  const workers = await createWorkers(opened.place, {
    connection,
    namespace,
    queues: wanted,
    build,
    tracing,
  });
  const stop = () => stopWorkers(workers, opened.place);
  const running = Promise.all(workers.map((each) => each.run()));
  untilToldToStop().then(stop, stop);
  if (build !== undefined) await sayBuild({ service: connection.workflowService, namespace }, build);
  sayReady({ ready: true });
  await Promise.all([
    running,
    takeOverIfAny({ service: connection.workflowService, namespace, db: opened.place.db }),
  ]);
  await tracing?.close();
  await connection.close();
  await opened.close();
  return EXIT.completed;
}

/** Takes over from dead workers beside its own work; where that fails, timeouts do it later. */
async function takeOverIfAny(place: TakeOverPlace): Promise<void> {
  const { logger } = Runtime.instance();
  try {
    const steps = await takeOver(place);
    if (steps > 0) logger.info('took over the steps of dead workers', { steps });
  } catch (error) {
    logger.warn('what dead workers left goes on only after their timeouts', { error });
  }
}

/**
 * Where answers are told as they come: in a fleet LEADWRIGHT_NOTIFIER says it, on one machine whoever started this
 * worker. Null: nobody does.
 */
async function notifierOf(env: Environment): Promise<NotifierPlace | null> {
  const given = nonEmpty(env['LEADWRIGHT_NOTIFIER']);
  if (given !== undefined && !/^https?:/.test(given)) {
    throw new UsageError(`LEADWRIGHT_NOTIFIER is ${JSON.stringify(given)}: expected http://host:port`);
  }
  if (given === undefined && !isHeld()) return null;
  const paths = pathsOf(env);
  const { value: token } = await obtainToken(paths.token, env);
  // It starts beside this worker, and may come back at another port.
  const locate = async () => given ?? (await readStackFile(paths.stackFile))?.notifierUrl ?? null;
  return { locate, token };
}

/**
 * Nothing starts while no build is current. A worker that a command starts for itself makes its own the current
 * one then; in a fleet a person does, once its workers are there.
 */
async function sayBuild(place: FleetPlace, build: string): Promise<void> {
  try {
    const held = isHeld();
    const current = held ? await makeFirstCurrent(place, build) : (await readFleet(place)).current;
    if (current === build) say(`This worker is of the current build, ${build}.`);
    else {
      const what = current === null ? 'no build is current' : `the current build is ${current}`;
      say(
        `This worker is of the build ${build}; ${what}. It gets work after: leadwright doctor --set-current`,
      );
    }
  } catch (error) {
    // A server too old for versions of workers, or one that does not let us ask, is the doctor's to explain.
    say(`This worker is of the build ${build}; which one is current cannot be told: ${messageOf(error)}`);
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

function queueOf(text: string): Queue {
  const queue = QUEUES.find((known) => known === text);
  if (queue === undefined)
    throw new UsageError(`--queues: ${JSON.stringify(text)} is none of ${QUEUES.join(', ')}`);
  return queue;
}
