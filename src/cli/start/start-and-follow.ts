/** The part of `run` that has the stack: starts the run, follows it, and reports its end. */
import { nonEmpty, type Environment } from '../../shared/config.js';
import { EXIT, type ExitCode } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { isAtRest } from '../../contract/run-status.js';
import type { RunView } from '../../contract/run-view.js';
import { SCRIPTED_MODEL } from '../../model/known-models.js';
import { lingerStack } from '../../local-stack/hold-stack.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import { DEFAULT_CORRECTIONS } from '../../runs/control/answer-choice.js';
import type { JsonOption } from '../command.js';
import { dashboardAddress, inviteToPage } from '../print/dashboard-link.js';
import { showOn } from '../follow/follow-run.js';
import { follow, sayHowToReturn } from '../follow/following.js';
import { count } from '../../shared/words/format.js';
import { PHASE_WORDS, runPhase } from '../../shared/words/run-phase.js';
import { paint, styled } from '../../shared/words/terminal-text.js';
import { warnOfOtherSettings, warnOfSamePlan, type SettingOptions } from './known-run.js';
import { jsonError, print, printJson, say, sayError, terminalOf } from '../print/output.js';
import { pausedSentence } from '../print/paused-sentence.js';
import type { Project } from './open-project.js';
import { withSession, type Session } from '../session/session.js';
import { startRun } from './start-run.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';
import { printSummary, untilNotified } from '../print/print-run.js';
import { requireRun } from '../requested-run.js';
import { exitCodeOf } from '../print/run-summary.js';

/** The options of `run` that count once its input was checked. */
export interface FollowOptions extends JsonOption, SettingOptions {
  readonly detach?: boolean;
  readonly linger?: number;
}

export interface CheckedRun {
  readonly env: Environment;
  readonly project: Project;
  readonly id: RunId;
  /** The id was made for this run: none had it before. */
  readonly isNewId: boolean;
  readonly worker: WorkerNeed;
  readonly options: FollowOptions;
  /** Ends the command; the run goes on. */
  readonly signal: AbortSignal;
  /** Called once the run is recorded, and once it has its lead. */
  readonly onStage: (stage: 'recorded' | 'started') => void;
}

/** Ends a command that was interrupted: says how to follow the run again. */
export async function leaveRun(env: Environment, id: RunId, { json }: FollowOptions): Promise<ExitCode> {
  sayHowToReturn(id);
  if (json === true)
    await withSession(env, 'none', async (session) => {
      printJson(await requireRun(session, id));
    });
  return EXIT.unfinished;
}

/** Starts or continues a run. Without `--detach`, shows it until it has ended or waits for a person. */
export async function startAndFollow(
  session: Session,
  { env, project, id, isNewId, worker, options, signal, onStage }: CheckedRun,
): Promise<ExitCode> {
  const started = await startRun(session, project, {
    id,
    isNewId,
    signal,
    onRecorded: () => onStage('recorded'),
    budgetUsd: options.budgetUsd,
    concurrency: options.concurrency ?? project.plan.concurrency,
    maxCorrections: options.maxCorrections ?? DEFAULT_CORRECTIONS,
    allowRedBase: options.allowRedBase === true,
  });
  onStage('started');
  if (started === 'known') await warnOfOtherSettings(session.db, id, options);
  else await warnOfSamePlan(session.db, id, project);
  if (options.detach === true) return detached(session, id, started, options);
  if (options.json !== true) await announce(session, id, project);
  const stream = options.json === true ? 'stderr' : 'stdout';
  const following = { env, id, worker, show: showOn(stream), stream, signal } as const;
  if (!(await follow(session, following))) return leaveRun(env, id, options);
  // A new session: the stack may have been lost and started again while the run was followed.
  return retryWhileUnavailable(() =>
    withSession(env, 'none', (found) => report(env, found, id, project, options)),
  );
}

async function detached(
  session: Session,
  id: RunId,
  started: 'new' | 'known',
  options: FollowOptions,
): Promise<ExitCode> {
  const view = await requireRun(session, id);
  if (options.json === true) printJson({ runId: id });
  else print(JSON.stringify({ runId: id }));
  // Only a known run can have ended, or wait for a person, before it was begun. A new one may have been cancelled meanwhile.
  if (view.status === 'cancelled' || (started === 'known' && isAtRest(view.status))) {
    say(
      `The run ${id} is ${view.status}, and does not go on by itself. See it with:  leadwright status ${id}`,
    );
    return exitCodeOf(view);
  }
  if (options.json !== true) {
    const first =
      runPhase(view.status, view.tasks, started === 'known') === 'base' ? `: ${PHASE_WORDS.base}` : '';
    const goesOn = `The run continues in the background${first}. Follow it with:  leadwright watch ${id}`;
    say(view.status === 'paused' ? pausedSentence(id) : goesOn);
    say(`  dashboard   ${await dashboardAddress(session, id, 'stderr')}`);
  }
  return EXIT.completed;
}

async function announce(session: Session, id: RunId, { plan, repository }: Project): Promise<void> {
  const urls = session.urls(id);
  print(
    styled`Run ${paint.bold(id)}: ${count(plan.tasks.length, 'task')} of ${plan.name}, on ${repository.root}`,
  );
  print(`  dashboard    ${await dashboardAddress(session, id, 'stdout')}`);
  if (urls.temporal !== null) print(`  Temporal UI  ${urls.temporal}`);
  print('');
}

async function report(
  env: Environment,
  session: Session,
  id: RunId,
  project: Project,
  options: FollowOptions,
): Promise<ExitCode> {
  await untilNotified(session, id);
  const view = await requireRun(session, id);
  if (options.json === true)
    printJson(view.stop === undefined ? view : { ...view, ...jsonError(view.stop.reason) });
  else {
    print('');
    await printSummary(session, view);
    if (project.model === SCRIPTED_MODEL) suggestRealModel();
  }
  if (view.status === 'blocked' || view.status === 'paused') await linger(env, session, view, options);
  if (view.stop !== undefined) sayError(view.stop.reason);
  return exitCodeOf(view);
}

/** The page is needed when the run waits for a person: keeps it up for a while, and says how to bring it back. */
async function linger(
  env: Environment,
  session: Session,
  { runId: id, status }: RunView,
  options: FollowOptions,
): Promise<void> {
  const isFollowed =
    options.json !== true && nonEmpty(env['CI']) === undefined && terminalOf('stdout') !== null;
  const ms = options.linger ?? (isFollowed ? LINGER_MS : LINGER_UNWATCHED_MS);
  const stays = await lingerStack(session.paths.home, ms);
  if (options.json === true) return;
  print('');
  // With 0 the page is gone already, unless an `up` keeps it up.
  if (stays || ms > 0)
    print(inviteToPage(status, stays ? null : ms, await dashboardAddress(session, id, 'stdout')));
  if (stays) return;
  print(`${ms > 0 ? 'Later, bring' : 'Bring'} the page back with:  leadwright up`);
}

/** Long enough for a person who is away from the desk. */
const LINGER_MS = 60 * 60_000;
/** Nobody watches: long enough for a program that looks at the run's page once more. */
const LINGER_UNWATCHED_MS = 20_000;

function suggestRealModel(): void {
  print('');
  print(
    'That was the scripted model. To use a real one on your own repository:  cd REPOSITORY && leadwright init, then  ANTHROPIC_API_KEY=… leadwright run',
  );
}
