/** Commands that only look: status, watch, events, diff, blockers. */
import pc from 'picocolors';
import type { Environment } from '../../shared/config.js';
import { listOpenBlockers } from '../../db/blockers.js';
import { readLastSeq, readEvents } from '../../db/event-log.js';
import { listRuns } from '../../db/run-view.js';
import { readRunStop } from '../../db/run-stop.js';
import { eventSchema, type RunView } from '../../contract/contract.js';
import { EnvironmentError, EXIT, type ExitCode } from '../../contract/errors.js';
import { UnknownCommitError } from '../../git/process/git-errors.js';
import { GitStore } from '../../git/store/git-store.js';
import type { RunId } from '../../contract/ids.js';
import { hasModel, endpointOf } from '../../model/endpoint.js';
import { SCRIPTED_MODEL } from '../../model/prices.js';
import { taskRange, type Range } from '../../runs/report/run-diff.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import { renderLine } from '../follow/describe-event.js';
import { followEvents } from '../follow/follow-events.js';
import { atRest, showOn } from '../follow/follow-run.js';
import {
  existingRun,
  follow,
  howToComeBack,
  typedRunId,
  typedTaskId,
  untilInterrupted,
} from '../following.js';
import { print, printJson, printJsonLine, say } from '../output.js';
import { withSession, type Session } from '../session.js';
import { steadily } from '../steadily.js';
import { printBlockers, printSummary, untilTold } from '../print-blockers.js';
import { exitCodeOf } from '../run-summary.js';

interface Json {
  readonly json?: boolean;
}

export async function status(env: Environment, run: string | undefined, { json }: Json): Promise<ExitCode> {
  const id = run === undefined ? null : typedRunId(run);
  return steadily(() =>
    withSession(env, 'none', async (session) => {
      if (id === null) return listAll(session, json === true);
      const view = await existingRun(session, id);
      if (json === true) printJson(view);
      else await printSummary(session, view);
      return EXIT.completed;
    }),
  );
}

async function listAll(session: Session, json: boolean): Promise<ExitCode> {
  const runs = await listRuns(session.db);
  if (json) printJson(runs);
  else if (runs.length === 0) print('No runs yet. Start the built-in example with:  leadwright run');
  else
    for (const run of runs)
      print(`${run.startedAt}  ${run.status.padEnd(9)}  ${pc.bold(run.runId)}  ${run.name}`);
  return EXIT.completed;
}

/** Shows a run live; where nothing works on it any more (the stack was killed), work goes on. */
export async function watch(env: Environment, run: string, { json }: Json): Promise<ExitCode> {
  const id = typedRunId(run);
  return untilInterrupted((signal) =>
    steadily(() =>
      withWatched(env, id, async (session, worker) => {
        const stream = process.stdout;
        const show = json === true ? 'json-lines' : showOn(stream);
        if (!(await follow(session, { env, id, worker, show, stream, signal }))) {
          howToComeBack(id);
          return EXIT.unfinished;
        }
        // Its own hold: the stack may have been lost, and found again, while the run was followed.
        return steadily(() => withSession(env, 'none', (found) => reportEnd(found, id, json === true)));
      }),
    ),
  );
}

async function reportEnd(session: Session, id: RunId, json: boolean): Promise<ExitCode> {
  await untilTold(session, id);
  const [view, stop] = await Promise.all([existingRun(session, id), readRunStop(session.db, id)]);
  if (!json) {
    print('');
    await printSummary(session, view);
  }
  return exitCodeOf(view, stop);
}

/**
 * A running stack has a worker when it needs one; one that this command starts gets one when the run is open
 * and this command has the model for it.
 */
function withWatched<T>(
  env: Environment,
  id: RunId,
  use: (session: Session, worker: WorkerNeed) => Promise<T>,
): Promise<T> {
  return withSession(env, 'none', async (session) => {
    const view = await existingRun(session, id);
    const stack = await describeStack(session.paths.home);
    const working = stack.state === 'running' && stack.services.some((service) => service.name === 'worker');
    if (working || atRest(view.status)) return use(session, 'none');
    const { model } = await session.db.prisma.run.findUniqueOrThrow({
      where: { id },
      select: { model: true },
    });
    if (model === SCRIPTED_MODEL) return withSession(env, 'scripted', (worked) => use(worked, 'scripted'));
    if (hasModel(endpointOf(env))) return withSession(env, 'model', (worked) => use(worked, 'model'));
    say('Nothing works on this run: set ANTHROPIC_API_KEY and run this again, and it goes on.');
    return use(session, 'none');
  });
}

export interface EventsOptions extends Json {
  readonly after: number;
  readonly follow?: boolean;
}

/** Events of a page: small enough to be at hand at once, large enough to be few statements. */
const PAGE = 500;

/** A run's log. Without `--follow` what there is; with it, until the run is at rest. */
export async function events(env: Environment, run: string, options: EventsOptions): Promise<ExitCode> {
  const id = typedRunId(run);
  return untilInterrupted((signal) =>
    withSession(env, 'none', async (session) => {
      await existingRun(session, id);
      if (options.follow === true) await followLog(session, id, options, signal);
      else await printLog(session, id, options);
      return EXIT.completed;
    }),
  );
}

async function printLog(session: Session, id: RunId, options: EventsOptions): Promise<void> {
  for (let after = options.after; ;) {
    const page = await readEvents(session.db.pool, id, after, PAGE);
    for (const stored of page) {
      const event = eventSchema.parse(stored);
      if (options.json === true) printJsonLine(event);
      else print(renderLine(event));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.seq;
  }
}

async function followLog(
  session: Session,
  id: RunId,
  options: EventsOptions,
  signal: AbortSignal,
): Promise<void> {
  const newest = (await readLastSeq(session.db.pool, id)) ?? 0;
  let resting = atRest((await existingRun(session, id)).status);
  if (resting && options.after >= newest) return;
  const log = followEvents({
    locate: () => Promise.resolve(session.hold.notifierUrl),
    token: session.token,
    runId: id,
    after: options.after,
    signal,
  });
  for await (const event of log) {
    if (options.json === true) printJsonLine(event);
    else print(renderLine(event));
    if (event.type === 'run.status') resting = atRest(event.data.status);
    if (resting && event.seq >= newest) return;
  }
}

/** What a run, or one of its tasks, changed: git's own diff. */
export async function diff(
  env: Environment,
  run: string,
  task: string | undefined,
  { json }: Json,
): Promise<ExitCode> {
  const id = typedRunId(run);
  const chosen = task === undefined ? undefined : typedTaskId(task);
  return withSession(env, 'none', async (session) => {
    const view = await existingRun(session, id);
    const store = await GitStore.open(session.paths.store);
    try {
      const range =
        chosen === undefined
          ? { from: view.base, to: view.commit }
          : await taskRange(session.db, store, { runId: id, taskId: chosen });
      const text = range === null ? '' : await patch(store, range);
      if (json === true) printJson({ runId: id, taskId: task ?? null, ...(range ?? {}), diff: text });
      else if (text === '') say('Nothing was changed.');
      else process.stdout.write(text);
    } catch (error) {
      throw error instanceof UnknownCommitError ? notInStore(view, error) : error;
    } finally {
      store.close();
    }
    return EXIT.completed;
  });
}

/** @throws UnknownCommitError, and not git's own words, for what the store does not have */
async function patch(store: GitStore, { from, to }: Range): Promise<string> {
  for (const commit of [from, to]) if (!(await store.has(commit))) throw new UnknownCommitError(commit);
  return store.diff(from, to);
}

function notInStore({ runId, repo }: RunView, error: UnknownCommitError): EnvironmentError {
  return new EnvironmentError(
    `What the run ${runId} changed cannot be shown: ${error.message}`,
    `What landed is brought back from ${repo}:  leadwright doctor --repair`,
    { cause: error },
  );
}

export async function blockers(env: Environment, run: string | undefined, { json }: Json): Promise<ExitCode> {
  const id = run === undefined ? null : typedRunId(run);
  return withSession(env, 'none', async (session) => {
    const open = await listOpenBlockers(session.db, id);
    if (json === true) printJson(open);
    else if (open.length === 0) print('Nothing waits for you.');
    else await printBlockers(session, open);
    return EXIT.completed;
  });
}
