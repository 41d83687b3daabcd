/** Shared by the commands that change a run: pause, resume, cancel, retry, answer. */
import type { Environment } from '../shared/config.js';
import type { ExitCode } from '../contract/errors.js';
import type { RunId } from '../contract/ids.js';
import type { RunView } from '../contract/run-view.js';
import type { Database } from '../db/database.js';
import { endpointOf, hasModel } from '../model/endpoint.js';
import { SCRIPTED_MODEL } from '../model/known-models.js';
import { findControllableRun } from '../runs/control/find-run.js';
import { requireNotEnded } from '../runs/control/run-control.js';
import { checkModel } from './start/check-model.js';
import type { JsonOption } from './command.js';
import { print, printResult } from './print/output.js';
import { requireRun, withRun } from './requested-run.js';
import { withReader, withSession, type Session } from './session/session.js';
import { hasFleetModel, hasWorker } from './session/worker-of-run.js';

/**
 * Runs `use` with a stack whose worker can continue the run: a worker with this command's model settings, the one that runs
 * (here or in the fleet) when the command has none, or any worker when the run is scripted.
 * @param check refuses from the record what `use` could only refuse, before anything is started for it
 * @throws EnvironmentError when the run needs a model, and neither this command's environment nor a running worker has one
 */
export function withWorkerFor<T>(
  env: Environment,
  id: RunId,
  use: (session: Session) => Promise<T>,
  check?: (db: Database) => Promise<unknown>,
): Promise<T> {
  return withReader(env, async (reader) => {
    const { model } = await findControllableRun(reader, id);
    if (check !== undefined) await check(await reader.database());
    if (model === SCRIPTED_MODEL) return withSession(env, 'scripted', use, { changesRun: true });
    // A person may answer in another terminal than that of `up`, as on the page, which has no settings of its own either.
    const endpoint = endpointOf(env);
    if (endpoint.provider === undefined && !hasModel(endpoint)) {
      if (await hasFleetModel(reader, env)) return withSession(env, 'none', use, { changesRun: true });
      if (await hasWorker(reader)) return withSession(env, 'present', use, { changesRun: true });
    }
    await checkModel(env, model);
    return withSession(env, 'model', use, { changesRun: true });
  });
}

/**
 * Pauses or cancels the run that a person named, with any worker, whatever its model settings: neither continues work.
 * @throws UsageError when the run has ended, before a stack is started
 */
export function stopRun(
  env: Environment,
  run: string,
  request: 'pause' | 'cancel',
  use: (session: Session, id: RunId) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withRun(env, run, async (id, reader) => {
    await requireNotEnded(reader, id, request);
    return withSession(env, 'any', (session) => use(session, id), { changesRun: true });
  });
}

/** Prints the result of a change: the run as JSON, or one sentence about the change. */
export async function printRunAfter(
  session: Session,
  id: RunId,
  options: JsonOption,
  text: string | ((view: RunView) => string),
): Promise<ExitCode> {
  const view = await requireRun(session, id);
  return printResult(options, view, () => print(typeof text === 'string' ? text : text(view)));
}
