import { mkdir } from 'node:fs/promises';
import { Runtime } from '@temporalio/worker';
import { CancelNotices } from '../activities/support/cancel-notices.js';
import { NOBODY_WATCHES } from '../agent/answer/answer-stream.js';
import { KeptAnswers } from '../agent/answer/kept-answers.js';
import { Redactors } from '../activities/support/redactors.js';
import { readRunsWithoutStore } from '../activities/support/store-outage.js';
import { OwnCalls } from '../agent/call/own-calls.js';
import type { ActivityContext } from '../activities/support/activity-context.js';
import { ChangeLogs } from '../codebase/change-logs.js';
import { CodeIndex } from '../codebase/code-index.js';
import { RepoMaps } from '../codebase/repo-maps.js';
import { homeFolder, homePaths, isInFleet, type Environment, type HomePaths } from '../shared/config.js';
import { openSqlDatabase } from '../db/database.js';
import { openDatabase } from '../db/open-database.js';
import { KeptBorrowedFolders } from '../git/user/kept-borrowed-folders.js';
import { removeStaleBorrowedFolders } from '../git/user/borrowed-folder.js';
import { GitStore } from '../git/store/git-store.js';
import { endpointOf, hasModel, type ModelEndpoint } from '../model/endpoint.js';
import { SCRIPTED_MODEL } from '../model/known-models.js';
import { CommandPlaces } from '../sandbox/limits/command-places.js';
import { COMMANDS_AT_ONCE } from '../sandbox/limits/commands-at-once.js';
import { removeOldOutputs } from '../sandbox/output-files.js';
import { removeLeftoverTrees } from '../sandbox/scratch-folder.js';
import { chooseRunner } from '../sandbox/runners/choose-runner.js';
import { removeLeftoverLayers } from '../sandbox/setup-cache/setup-layer.js';
import { listenForCancels } from './cancel-listener.js';
import { LiveTextLink, type ServerLocation } from './live-text-link.js';
import { Housekeeping } from './housekeeping.js';
import type { TaskHold } from './task-hold.js';
import { Lease, RENEWAL_LIMIT_MS } from './lease.js';
import { ScriptedEndpoint } from './scripted-endpoint.js';

/** The activity context of a worker process, and a function that closes it. */
export interface OpenContext {
  readonly context: ActivityContext;
  readonly lease: Lease;
  close(): Promise<void>;
}

/**
 * Opens the context that the activities share, and removes temporary files of killed workers.
 * @param notifier the server that receives live text; null without one
 * @param hold holds back the steps of tasks for a lead
 */
export async function openActivityContext(
  env: Environment,
  databaseUrl: string,
  queues: readonly string[],
  notifier: ServerLocation | null,
  hold: Pick<TaskHold, 'untilOver'>,
): Promise<OpenContext> {
  const paths = homePaths(homeFolder(env));
  const endpoint = endpointOf(env);
  await Promise.all([mkdir(paths.trees, { recursive: true }), mkdir(paths.setupLayers, { recursive: true })]);
  // Each waits for programs that it starts.
  const [store, runner] = await Promise.all([
    GitStore.open(paths.store),
    chooseRunner(env),
    removeLeftovers(paths),
  ]);
  const db = openDatabase(databaseUrl);
  const borrowed = new KeptBorrowedFolders(paths.store);
  const codeIndex = new CodeIndex(paths.codeIndex);
  const housekeeping = new Housekeeping(store, paths.outputs);
  const scripted = new ScriptedEndpoint();
  const cancels = new CancelNotices();
  const { logger } = Runtime.instance();
  const { summary, warning } = runner.describe();
  const warn = (message: string) => {
    logger.warn(message);
  };
  if (warning !== null) warn(warning);
  const link = notifier === null ? null : new LiveTextLink(notifier, warn);
  const listener = listenForCancels(databaseUrl, db, cancels, warn);
  const leaseDb = openSqlDatabase(databaseUrl, 1, RENEWAL_LIMIT_MS);
  const lease = await Lease.take(
    leaseDb.pool,
    { queues: served(queues, endpoint), sandbox: summary, sandboxWarning: warning },
    () => cancels.runs().length,
  );
  cancels.onIdle(() => void lease.reportIdle());
  const keptAnswers = new KeptAnswers(paths.keptAnswers, warn);
  const [runsWithoutStore] = await Promise.all([readRunsWithoutStore(db), keptAnswers.reserveSpace()]);
  return {
    context: {
      db,
      store,
      paths,
      env,
      runner,
      borrowed,
      redactors: new Redactors(store, env),
      codeIndex,
      repoMaps: new RepoMaps(new ChangeLogs(paths.changeLogs)),
      cancels,
      places: placesFor(queues, isInFleet(env)),
      untilTasksGoOn: () => hold.untilOver(),
      runsWithoutStore,
      worker: lease,
      calls: new OwnCalls(),
      keptAnswers,
      answerStreams: link?.hub ?? NOBODY_WATCHES,
      endpointFor: async (model) => (model === SCRIPTED_MODEL ? scripted.endpoint() : endpoint),
    },
    lease,
    close: async () => {
      await link?.close();
      await listener.close();
      await lease.release();
      await leaseDb.close();
      await scripted.close();
      await housekeeping.stop();
      await codeIndex.close();
      store.close();
      borrowed.close();
      await db.close();
    },
  };
}

/**
 * How long the test of a submission waits in its turn's activity. Longer waits are for the queue: there they cost no heartbeats,
 * survive this worker, and do not count towards the activity's time limit.
 */
const TURN_WAIT_MS = 60_000;

/** Where commands run. In a fleet another worker may have a place at once; a worker without the queue has none. */
function placesFor(queues: readonly string[], inFleet: boolean): CommandPlaces {
  return new CommandPlaces(queues.includes('sandbox') ? COMMANDS_AT_ONCE : 0, inFleet ? 0 : TURN_WAIT_MS);
}

/** The queues that a worker serves: without a model, of the model's queue only what the scripted model answers. */
function served(queues: readonly string[], endpoint: ModelEndpoint): string[] {
  return queues.map((queue) => (queue === 'model' && !hasModel(endpoint) ? 'scripted' : queue));
}

/** Removes the temporary files of killed workers. */
async function removeLeftovers(paths: HomePaths): Promise<void> {
  await Promise.all([
    removeLeftoverTrees(paths.trees),
    removeLeftoverLayers(paths.setupLayers),
    removeOldOutputs(paths.outputs),
    removeStaleBorrowedFolders(),
    removeStaleBorrowedFolders(paths.store),
  ]);
}
