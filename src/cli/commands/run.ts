import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Command } from 'commander';
import type { Environment } from '../../shared/config.js';
import { MAX_CORRECTIONS } from '../../contract/answer-choices.js';
import { UsageError, type ExitCode } from '../../contract/errors.js';
import { PLAN_FILE, PLAN_SCHEMA_FILE, runBranch } from '../../contract/names.js';
import { ID_PATTERN, runId, type RunId } from '../../contract/ids.js';
import { DEFAULT_MODEL, SCRIPTED_MODEL } from '../../model/known-models.js';
import { chooseRunner } from '../../sandbox/runners/choose-runner.js';
import { removeStaleBorrowedFolders } from '../../git/user/borrowed-folder.js';
import { checkBranchWritable } from '../../git/user/user-branch.js';
import { removeLeftoverTrees } from '../../sandbox/scratch-folder.js';
import { checkLayout } from '../../local-stack/home-layout.js';
import { stackPaths } from '../../local-stack/stack-paths.js';
import { LoadedHost } from '../../local-stack/host-process.js';
import { MODEL_NAME, PLAN_LIMITS } from '../../plan/plan-schema.js';
import { DEFAULT_CORRECTIONS } from '../../runs/control/answer-choice.js';
import { modelsWithoutPrice } from '../start/check-model.js';
import { addExamples, addJsonOption, type Act } from '../command.js';
import { formatList } from '../../shared/words/format.js';
import { quoteIfNeeded } from '../../shared/process/shell.js';
import { paint, styled } from '../../shared/words/terminal-text.js';
import { durationOption, usdOption, wholeNumber } from '../option-values.js';
import { print, say, warn } from '../print/output.js';
import { newRunId } from '../start/new-run-id.js';
import { openProject, type Project } from '../start/open-project.js';
import type { FollowOptions } from '../start/start-and-follow.js';
import { KeptDatabase, pathsOf, withSession, type Session } from '../session/session.js';
import { retryWhileUnavailable } from '../session/retry-while-unavailable.js';
import { interruptedBeforeStart, untilInterrupted } from '../session/until-interrupted.js';

interface RunOptions extends FollowOptions {
  readonly repo?: string;
  readonly plan?: string;
  readonly id?: string;
  readonly dryRun?: boolean;
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
    .option('--detach', 'start the run, print its id (as JSON) and return')
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
    if (error.code === 'commander.excessArguments' && word !== undefined) say(styled`(${optionFor(word)})`);
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

/** Says how to name what a person has given without an option. */
function optionFor(word: string): string {
  // Only a folder has this entry.
  const [what, option] = existsSync(`${word}/.`) ? ['repository', '--repo'] : ['plan', '--plan'];
  return `a ${what} is named with ${option}: leadwright run ${option} ${quoteIfNeeded(word)}`;
}

const JSON_RESULT = `
With --json, the result is what \`leadwright status RUN --json\` prints; a run that was stopped has the reason
in it, as "stop": { "code", "reason" }. With exit code 3 it also has
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
  await checkLayout(pathsOf(env));
  const kept: KeptParts = { database: new KeptDatabase(env), loadedHost: await loadHost(env, options) };
  try {
    return await checkAndStart(env, options, kept);
  } finally {
    await kept.loadedHost?.end();
    await kept.database.release();
  }
}

/** What is kept from the checks for the start. */
interface KeptParts {
  /** Kept up from when the record is read until the stack is held. */
  readonly database: KeptDatabase;
  /** Loads during the checks. */
  readonly loadedHost: LoadedHost | null;
}

/** A dry run starts no stack; with an id, the checks read the record, which starts a host. */
async function loadHost(env: Environment, { id, dryRun }: RunOptions): Promise<LoadedHost | null> {
  const { home } = pathsOf(env);
  return id === undefined && dryRun !== true ? LoadedHost.load(stackPaths(home), env) : null;
}

async function checkAndStart(env: Environment, options: RunOptions, kept: KeptParts): Promise<ExitCode> {
  const project = await openProject(env, {
    ...options,
    needsModel: options.dryRun !== true,
    findKnownModel: async (found) => {
      if (options.id === undefined || options.dryRun === true) return null;
      const { findKnownModel } = await import('../start/known-run.js');
      return findKnownModel(env, found, runId(options.id), kept.database);
    },
  });
  if (options.budgetUsd !== undefined) checkPrices(project);
  if (project.model === SCRIPTED_MODEL) announceScripted(options.json === true);
  await warnOfUncommitted(project, options);
  // A killed command may have left temporary folders of its sandbox or repository checks. Workers remove them too, but
  // a run that is refused here starts no worker.
  await removeLeftoverTrees(pathsOf(env).trees);
  await removeStaleBorrowedFolders();
  const { warning } = (await chooseRunner(env)).describe();
  if (warning !== null) warn(warning);
  if (options.dryRun === true) {
    const { dryRun } = await import('../start/dry-run.js');
    return dryRun(env, project, options);
  }
  const { plan, repository, continuesRun } = project;
  const id = options.id === undefined ? newRunId(plan.name) : runId(options.id);
  // Checked again when the run is recorded; here before the stack is started. A known run has its branch already.
  if (!continuesRun) await checkBranchWritable(repository, runBranch(id), [repository.head]);
  return startCheckedRun(env, project, id, options, kept);
}

/** More names would hide the rest of what a run prints at its start. */
const FILES_NAMED = 5;

const INIT_FILES = [PLAN_FILE, PLAN_SCHEMA_FILE];

/** Names the files whose uncommitted changes are not part of the run. The plan, and what `init` writes, need not be. */
async function warnOfUncommitted(
  { repository: { root, uncommitted } }: Project,
  { plan }: RunOptions,
): Promise<void> {
  // A pipe, such as that of `<(command)`, has no path of its own.
  const path = plan === undefined ? null : await realpath(plan).catch(() => null);
  const known = path === null ? INIT_FILES : [...INIT_FILES, relative(root, path)];
  const files = uncommitted.filter((file) => !known.includes(file));
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

/** Loaded while the stack starts, because loading it takes as long as all checks before. */
const loadStart = () => import('../start/start-and-follow.js');

/** Copies the base into the store while the stack starts. The start of the run finds it there, or reports what fails. */
async function importBase(env: Environment, { repository }: Project): Promise<void> {
  const { withStore } = await import('../session/with-store.js');
  await withStore(pathsOf(env), (store) => store.importBase(repository, repository.head));
}

async function startCheckedRun(
  env: Environment,
  project: Project,
  id: RunId,
  options: RunOptions,
  { database, loadedHost }: KeptParts,
): Promise<ExitCode> {
  const worker = project.model === SCRIPTED_MODEL ? 'scripted' : 'model';
  const isNewId = options.id === undefined;
  const reached = { begun: false, recorded: false, started: false };
  const onStage = (stage: 'recorded' | 'started') => (reached[stage] = true);
  let importing: Promise<void> | undefined;
  const importEarly = (): Promise<void> => (importing = importBase(env, project));
  const use = async (session: Session, signal: AbortSignal): Promise<ExitCode> => {
    // This session holds the stack from now on.
    await database.release();
    const { leaveRun, startAndFollow } = await loadStart();
    // The start of the stack takes seconds, or minutes when it downloads. Afterwards, the run would spend money. One
    // that is continued is at work once the stack runs, so the command says how to return to it.
    if (signal.aborted && !reached.begun) {
      if (!project.continuesRun) throw interruptedBeforeStart();
      return leaveRun(env, id, options);
    }
    reached.begun = true;
    // With a stack that runs already, it has just begun: the start would copy the same objects beside it.
    await importing?.catch(() => undefined);
    return startAndFollow(session, { env, project, id, isNewId, worker, options, signal, onStage });
  };
  try {
    // Safe to repeat: starting the same id again continues the same run.
    return await untilInterrupted((signal) =>
      retryWhileUnavailable(() =>
        withSession(env, worker, (session) => use(session, signal), {
          withoutTemporal: isNewId,
          preload: () => Promise.all([loadStart(), importEarly()]),
          loadedHost,
          signal,
        }),
      ),
    );
  } catch (error) {
    if (reached.recorded && !reached.started) sayRecorded(id);
    throw error;
  }
}

/** A person who gives the same command again would start a second run, beside this one. */
function sayRecorded(id: RunId): void {
  say(
    `The run ${id} is recorded, and may still start. Go on with it by giving the command again with --id ${id}, or end it with:  leadwright cancel ${id}`,
  );
}
