import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { isAtRest } from '../../contract/run-status.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import { addExamples, type Act, type JsonOption } from '../command.js';
import { showOn } from '../follow/follow-run.js';
import { follow, sayHowToReturn } from '../follow/following.js';
import { untilInterrupted } from '../session/until-interrupted.js';
import { print, say } from '../print/output.js';
import { printStop, printSummary, untilNotified } from '../print/print-run.js';
import { requireRun, withSessionOf } from '../requested-run.js';
import { exitCodeOf } from '../print/run-summary.js';
import { withSession, type Session } from '../session/session.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';
import { afterLoss, hasFleetModel, hasWorker, workerFor } from '../session/worker-of-run.js';

export function declare(command: Command, act: Act): void {
  command
    .option('--json', 'print JSON Lines: one event a line, nothing else on stdout')
    .action((run: string, options: JsonOption) => act((env) => watch(env, run, options)));
  addExamples(command, 'leadwright watch shop-k3x9pq');
}

async function watch(env: Environment, run: string, { json }: JsonOption): Promise<ExitCode> {
  return untilInterrupted((signal) =>
    retryWhileUnavailable(() =>
      withWorkIfOpen(env, run, signal, async (session, worker, id) => {
        const stream = 'stdout';
        const show = json === true ? 'json-lines' : showOn(stream);
        if (!(await follow(session, { env, id, worker, show, stream, signal }))) {
          sayHowToReturn(id);
          return EXIT.unfinished;
        }
        // A new session: the stack may have been lost and started again while the run was followed.
        return retryWhileUnavailable(() =>
          withSession(env, 'none', (found) => reportEnd(found, id, json === true)),
        );
      }),
    ),
  );
}

async function reportEnd(session: Session, id: RunId, json: boolean): Promise<ExitCode> {
  await untilNotified(session, id);
  const view = await requireRun(session, id);
  if (!json) {
    print('');
    await printSummary(session, view);
    printStop(view);
  }
  return exitCodeOf(view);
}

/**
 * Runs `use` with a stack that can continue the run, if the run is open, and with the worker that the stack gets when it
 * is lost and started again. A running stack keeps the workers it has. A stack that this command starts gets a worker if
 * this command's environment has the model that the run needs.
 */
function withWorkIfOpen<T>(
  env: Environment,
  run: string,
  signal: AbortSignal,
  use: (session: Session, worker: WorkerNeed, id: RunId) => Promise<T>,
): Promise<T> {
  const withWorker = async (session: Session, id: RunId): Promise<T> => {
    if (signal.aborted) return use(session, 'none', id);
    const view = await requireRun(session, id);
    if (isAtRest(view.status)) return use(session, 'none', id);
    const worker = await workerFor(session, env, id);
    if (await hasWorker(session)) return use(session, afterLoss(worker), id);
    if (worker !== 'none') return withSession(env, worker, (worked) => use(worked, worker, id), { signal });
    if (await hasFleetModel(session, env)) return use(session, 'none', id);
    say(
      'No worker is running for this run. To continue it, set ANTHROPIC_API_KEY (or LEADWRIGHT_PROVIDER and its variables) and run this command again.',
    );
    return use(session, 'none', id);
  };
  return withSessionOf(env, run, withWorker, signal);
}
