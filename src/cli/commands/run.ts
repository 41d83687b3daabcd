import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { readRunStop } from '../../db/run-stop.js';
import { MAX_CORRECTIONS } from '../../contract/answer-choices.js';
import { EnvironmentError, EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { PLAN_FILE, PLAN_SCHEMA_FILE, runBranch } from '../../contract/names.js';
import { ID_PATTERN, runId, type RunId } from '../../contract/ids.js';
import { isAtRest } from '../../contract/run-status.js';
import type { RunView } from '../../contract/run-view.js';
import { DEFAULT_MODEL, SCRIPTED_MODEL } from '../../model/known-models.js';
import { chooseRunner } from '../../sandbox/runners/choose-runner.js';
import { removeStaleBorrowedFolders } from '../../git/user/borrowed-folder.js';
import { checkBranchWritable } from '../../git/user/user-branch.js';
import { removeLeftoverTrees } from '../../sandbox/scratch-folder.js';
import { lingerStack } from '../../local-stack/hold-stack.js';
import { checkLayout } from '../../local-stack/home-layout.js';
import { MODEL_NAME, PLAN_LIMITS } from '../../plan/plan-schema.js';
import { DEFAULT_CORRECTIONS } from '../../runs/control/answer-choice.js';
import { modelsWithoutPrice } from '../start/check-model.js';
import { addExamples, addJsonOption, type Act, type JsonOption } from '../command.js';
import { pausedSentence } from '../control-run.js';
import { dashboardAddress, inviteToPage } from '../print/dashboard-link.js';
import { dryRun } from '../start/dry-run.js';
import { showOn } from '../follow/follow-run.js';
import { count, formatList } from '../../shared/words/format.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { paint, styled } from '../../shared/words/terminal-text.js';
import { follow, sayHowToReturn, untilInterrupted } from '../follow/following.js';
import { readKnownModel, warnOfOtherSettings } from '../start/known-run.js';
import { durationOption, usdOption, wholeNumber } from '../option-values.js';
import { jsonError, print, printJson, say, sayError, terminalOf, warn } from '../print/output.js';
import { openProject, type Project } from '../start/open-project.js';
import { pathsOf, withSession, type Session } from '../session/session.js';
import { newRunId, startRun } from '../start/start-run.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';
import { printSummary, untilNotified } from '../print/print-run.js';
import { requireRun } from '../requested-run.js';
import { exitCodeOf } from '../print/run-summary.js';

interface RunOptions extends JsonOption {
  readonly repo?: string;
  readonly plan?: string;
  readonly id?: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly model?: string;
  readonly maxCorrections?: number;
  readonly budgetUsd?: number;
  readonly linger?: number;
  readonly allowRedBase?: boolean;
  readonly allowPointers?: boolean;
}

export function declare(command: Command, act: Act): void {
  addJsonOption(command)
    .option('--repo <dir>', 'the repository (default: the one around the current folder)')
    .option('--plan <file>', 'the plan (default: leadwright.yaml at the root of the repository)')
    .option(
      '--id <id>',
      "the run's id; the same id, plan and repository are the same run, which keeps its settings",
    )
    .option('--detach', 'start the run, print its id and return')
    .option('--dry-run', 'check everything, show order and cost range, spend nothing')
    .option(
      '--concurrency <n>',
      "tasks at once (default: the plan's, or 10)",
      wholeNumber(1, PLAN_LIMITS.concurrency),
    )
    .option('--model <name>', "the model (default: the plan's, LEADWRIGHT_MODEL, or a current Sonnet)")
    .option('--budget-usd <x>', 'upper limit for the cost of its model calls, in USD', usdOption)
    .option(
      '--max-corrections <n>',
      `corrections of a task after failed tests (default: ${DEFAULT_CORRECTIONS})`,
      wholeNumber(0, MAX_CORRECTIONS),
    )
    .option(
      '--linger <time>',
      'how long the page stays up when the run waits for a person (default: 1h; 20s with --json, CI or no terminal)',
      durationOption,
    )
    .option('--allow-red-base', 'start even if the default test fails at the base')
    .option('--allow-pointers', 'start even if there are submodules or Git LFS files')
    .action((options: RunOptions) => act((env) => run(env, options)));
  command.exitOverride((error) => {
    const [word] = command.args;
    if (error.code === 'commander.excessArguments' && word !== undefined)
      say(styled`(a plan is named with --plan: leadwright run --plan ${quoteIfNeeded(word)})`);
    throw error;
  });
  addExamples(
    command,
    'leadwright run',
    'leadwright run --dry-run',
    'leadwright run --plan shop.yaml --budget-usd 20',
    'leadwright run --json > run.json',
  );
  command.addHelpText('after', JSON_RESULT);
}

const JSON_RESULT = `
With --json, the result is what \`leadwright status RUN --json\` prints. With exit code 3 it has also
{ "error": { "code": "environment", "message", "problems": [] } }: why the run could not start.`;

async function run(env: Environment, options: RunOptions): Promise<ExitCode> {
  if (options.id !== undefined && !ID_PATTERN.test(options.id)) {
    throw new UsageError(`--id ${JSON.stringify(options.id)} does not match [a-z0-9][a-z0-9._-]{0,63}`);
  }
  if (options.model !== undefined && !MODEL_NAME.test(options.model)) {
    throw new UsageError(
      `--model ${JSON.stringify(options.model)} is not the name of a model, such as ${DEFAULT_MODEL}`,
    );
  }
  const paths = pathsOf(env);
  await checkLayout(paths);
  const project = await openProject(env, {
    ...options,
    needsModel: options.dryRun !== true,
    findKnownModel: (found) => findKnownModel(env, found, options),
  });
  if (options.budgetUsd !== undefined) checkPrices(project);
  if (project.model === SCRIPTED_MODEL) announceScripted(options.json === true);
  await warnOfUncommitted(project, options);
  // A killed command may have left temporary folders of its sandbox or repository checks. Workers remove them too, but
  // a run that is refused here starts no worker.
  await removeLeftoverTrees(paths.trees);
  await removeStaleBorrowedFolders();
  const { warning } = (await chooseRunner(env)).describe();
  if (warning !== null) warn(warning);
  if (options.dryRun === true) return dryRun(env, project, options);
  const { plan, repository, continuesRun } = project;
  const id = options.id === undefined ? newRunId(plan.name) : runId(options.id);
  // Checked again when the run is recorded; here before the stack is started. A known run has its branch already.
  if (!continuesRun) await checkBranchWritable(repository, runBranch(id), [repository.head]);
  return startAndFollow(env, project, id, options);
}

/** Finds the model of the run that this command continues; null for a new run, and for a dry run. */
async function findKnownModel(
  env: Environment,
  found: Pick<Project, 'repository' | 'plan'>,
  { id, dryRun }: RunOptions,
): Promise<string | null> {
  if (id === undefined || dryRun === true) return null;
  return untilInterrupted(async (signal) => {
    const model = await retryWhileUnavailable(() => readKnownModel(env, found, runId(id)));
    if (signal.aborted) throw interrupted();
    return model;
  });
}

/** More names would hide the rest of what a run prints at its start. */
const FILES_NAMED = 5;

const INIT_FILES = [PLAN_FILE, PLAN_SCHEMA_FILE];

/** Names the files whose uncommitted changes are not part of the run. The plan, and what `init` writes, need not be. */
async function warnOfUncommitted(
  { repository: { root, uncommitted } }: Project,
  { plan }: RunOptions,
): Promise<void> {
  const known = plan === undefined ? INIT_FILES : [...INIT_FILES, relative(root, await realpath(plan))];
  const files = uncommitted.filter((path) => !known.includes(path));
  if (files.length === 0) return;
  warn(`uncommitted changes in ${root} are not part of the run: ${formatList(files, FILES_NAMED)}`);
}

/** A budget needs the price of each model: without it, spending cannot be measured. @throws UsageError */
function checkPrices({ model, plan }: Project): void {
  const unknown = modelsWithoutPrice(plan, model);
  if (unknown.length === 0) return;
  const prices = unknown.map((each) => `${each}: { input: 3, output: 15 }`).join(', ');
  throw new UsageError(
    `--budget-usd: the price of ${formatList(unknown)} is not known. Give it in the plan, in USD per million tokens:  prices: { ${prices} }`,
  );
}

const SCRIPTED_LINE =
  'This run uses the scripted model: its answers are prepared. No AI model is called, and nothing is charged.';

function announceScripted(json: boolean): void {
  (json ? say : print)(paint.bold(SCRIPTED_LINE));
}

async function startAndFollow(
  env: Environment,
  project: Project,
  id: RunId,
  options: RunOptions,
): Promise<ExitCode> {
  const worker = project.model === SCRIPTED_MODEL ? 'scripted' : 'model';
  let isBegun = false;
  // Safe to repeat: starting the same id again continues the same run.
  return untilInterrupted((signal) =>
    retryWhileUnavailable(() =>
      withSession(env, worker, async (session) => {
        // The start of the stack takes seconds, or minutes when it downloads. Afterwards, the run would spend money.
        if (signal.aborted && !isBegun) throw interrupted();
        isBegun = true;
        const started = await startRun(session, project, {
          id,
          budgetUsd: options.budgetUsd,
          concurrency: options.concurrency ?? project.plan.concurrency,
          maxCorrections: options.maxCorrections ?? DEFAULT_CORRECTIONS,
          allowRedBase: options.allowRedBase === true,
        });
        if (started === 'known') await warnOfOtherSettings(session.db, id, options);
        if (options.detach === true) return detached(session, id, started, options);
        if (options.json !== true) await announce(session, id, project);
        const stream = options.json === true ? 'stderr' : 'stdout';
        const following = { env, id, worker, show: showOn(stream), stream, signal } as const;
        if (!(await follow(session, following))) {
          sayHowToReturn(id);
          if (options.json === true)
            await withSession(env, 'none', async (found) => {
              printJson(await requireRun(found, id));
            });
          return EXIT.unfinished;
        }
        // A new session: the stack may have been lost and started again while the run was followed.
        return retryWhileUnavailable(() =>
          withSession(env, 'none', (found) => report(env, found, id, project, options)),
        );
      }),
    ),
  );
}

function interrupted(): EnvironmentError {
  return new EnvironmentError(
    'The command was interrupted before the run was started.',
    'Nothing was started or spent. To start the run, give the command again.',
  );
}

async function detached(
  session: Session,
  id: RunId,
  started: 'new' | 'known',
  options: RunOptions,
): Promise<ExitCode> {
  const [view, stop] = await Promise.all([requireRun(session, id), readRunStop(session.db, id)]);
  if (options.json === true) printJson({ runId: id });
  else print(JSON.stringify({ runId: id }));
  // Only a known run can have ended, or wait for a person, before it was begun.
  if (started === 'known' && isAtRest(view.status)) {
    say(
      `The run ${id} is ${view.status}, and does not go on by itself. See it with:  leadwright status ${id}`,
    );
    return exitCodeOf(view, stop);
  }
  if (options.json !== true) {
    const goesOn = `The run continues in the background. Follow it with:  leadwright watch ${id}`;
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
  options: RunOptions,
): Promise<ExitCode> {
  await untilNotified(session, id);
  const [view, stop] = await Promise.all([requireRun(session, id), readRunStop(session.db, id)]);
  if (options.json === true) printJson(stop === null ? view : { ...view, ...jsonError(stop.reason) });
  else {
    print('');
    await printSummary(session, view);
    if (project.model === SCRIPTED_MODEL) suggestRealModel();
  }
  if (view.status === 'blocked' || view.status === 'paused') await linger(env, session, view, options);
  if (stop !== null) sayError(stop.reason);
  return exitCodeOf(view, stop);
}

/** The page is needed when the run waits for a person: keeps it up for a while, and says how to bring it back. */
async function linger(
  env: Environment,
  session: Session,
  { runId: id, status }: RunView,
  options: RunOptions,
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
