import pc from 'picocolors';
import type { Environment } from '../../shared/config.js';
import { readBudget } from '../../db/budget.js';
import { readRunStop } from '../../db/run-stop.js';
import { EXIT, UsageError, type ExitCode } from '../../contract/errors.js';
import { ID_PATTERN, runId, type RunId } from '../../contract/ids.js';
import { priceOf, SCRIPTED_MODEL } from '../../model/prices.js';
import { runnerFor } from '../../sandbox/runners/choose-runner.js';
import { sweepBorrowed } from '../../git/user/borrowed-folder.js';
import { sweepTrees } from '../../sandbox/scratch-folder.js';
import { checkLayout } from '../../local-stack/home-layout.js';
import { dryRun } from '../dry-run.js';
import { showOn } from '../follow/follow-run.js';
import { formatUsd } from '../../shared/format.js';
import { existingRun, follow, howToComeBack, untilInterrupted } from '../following.js';
import { print, printJson, say, warn } from '../output.js';
import { openProject, type Project } from '../open-project.js';
import { pathsOf, withSession, type Session } from '../session.js';
import { newRunId, startRun } from '../start-run.js';
import { steadily } from '../steadily.js';
import { printSummary, untilTold } from '../print-blockers.js';
import { exitCodeOf } from '../run-summary.js';

export interface RunOptions {
  readonly repo?: string;
  readonly plan?: string;
  readonly id?: string;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly model?: string;
  readonly maxCorrections: number;
  readonly budgetUsd?: number;
  readonly allowRedBase?: boolean;
  readonly allowPointers?: boolean;
  readonly json?: boolean;
}

/** `leadwright run`: starts a run and follows it to its end. */
export async function run(env: Environment, options: RunOptions): Promise<ExitCode> {
  if (options.id !== undefined && !ID_PATTERN.test(options.id)) {
    throw new UsageError(`--id ${JSON.stringify(options.id)} does not match [a-z0-9][a-z0-9._-]{0,63}`);
  }
  const paths = pathsOf(env);
  await checkLayout(paths);
  const project = await openProject(env, { ...options, needsModel: options.dryRun !== true });
  if (options.budgetUsd !== undefined) checkPrice(project);
  if (project.model === SCRIPTED_MODEL) sayScripted(options.json === true);
  if (project.repository.dirty)
    warn(`uncommitted changes in ${project.repository.root} are not part of the run`);
  // A command that was killed while it looked for a sandbox, or at the repository, left its place; no worker need
  // start before it goes.
  await sweepTrees(paths.trees);
  await sweepBorrowed();
  const { warning } = (await runnerFor(env)).describe();
  if (warning !== null) warn(warning);
  if (options.dryRun === true) return dryRun(env, project, options);
  return startAndFollow(env, project, options);
}

/** What a model without a price has cost is not known, and so not when its budget ends. */
function checkPrice({ model, plan }: Project): void {
  if (priceOf(model, plan.prices) !== null) return;
  throw new UsageError(
    `--budget-usd: the price of ${model} is not known. Give it in the plan, in USD per million tokens:  prices: { ${model}: { input: 3, output: 15 } }`,
  );
}

const SCRIPTED_LINE =
  'This run uses the scripted model: its answers were written beforehand. No AI is asked and nothing is paid.';

function sayScripted(json: boolean): void {
  (json ? say : print)(pc.bold(SCRIPTED_LINE));
}

async function startAndFollow(env: Environment, project: Project, options: RunOptions): Promise<ExitCode> {
  const id = options.id === undefined ? newRunId(project.plan.name) : runId(options.id);
  const worker = project.model === SCRIPTED_MODEL ? 'scripted' : 'model';
  // Done again, a start is the same run, and a report the same words.
  return untilInterrupted((signal) =>
    steadily(() =>
      withSession(env, worker, async (session) => {
        const started = await startRun(session, project, {
          id,
          budgetUsd: options.budgetUsd,
          concurrency: options.concurrency ?? project.plan.concurrency,
          maxCorrections: options.maxCorrections,
          allowRedBase: options.allowRedBase === true,
        });
        if (started === 'known') await sayBudgetStays(session, id, options);
        if (options.detach === true) return detached(session, id, options);
        if (options.json !== true) announce(session, id, project);
        const stream = options.json === true ? process.stderr : process.stdout;
        const following = { env, id, worker, show: showOn(stream), stream, signal } as const;
        if (!(await follow(session, following))) {
          howToComeBack(id);
          if (options.json === true)
            await withSession(env, 'none', async (found) => {
              printJson(await existingRun(found, id));
            });
          return EXIT.unfinished;
        }
        // Its own hold: the stack may have been lost, and found again, while the run was followed.
        return steadily(() => withSession(env, 'none', (found) => report(found, id, project, options)));
      }),
    ),
  );
}

/** A budget is no part of what makes a run the same: that of its start holds until somebody raises it. */
async function sayBudgetStays(session: Session, id: RunId, { budgetUsd }: RunOptions): Promise<void> {
  if (budgetUsd === undefined) return;
  const now = await readBudget(session.db, id);
  if (now?.budgetUsd === budgetUsd) return;
  const has = now === null ? 'no budget' : `a budget of ${formatUsd(now.budgetUsd)}`;
  warn(`the run ${id} was started with ${has}, and keeps it. Only an answer raises one: --add-usd`);
}

function detached(session: Session, id: RunId, options: RunOptions): ExitCode {
  if (options.json === true) printJson({ runId: id });
  else {
    print(JSON.stringify({ runId: id }));
    say(`The run goes on in the background. Follow it with:  leadwright watch ${id}`);
    say(`  dashboard   ${session.urls(id).dashboard}`);
  }
  return EXIT.completed;
}

function announce(session: Session, id: RunId, { plan, repository }: Project): void {
  const urls = session.urls(id);
  print(`Run ${pc.bold(id)}: ${plan.tasks.length} tasks of ${plan.name}, on ${repository.root}`);
  print(`  dashboard    ${urls.dashboard}`);
  if (urls.temporal !== '') print(`  Temporal UI  ${urls.temporal}`);
  print('');
}

async function report(session: Session, id: RunId, project: Project, options: RunOptions): Promise<ExitCode> {
  await untilTold(session, id);
  const [view, stop] = await Promise.all([existingRun(session, id), readRunStop(session.db, id)]);
  if (options.json === true) printJson(view);
  else {
    print('');
    await printSummary(session, view);
    if (project.model === SCRIPTED_MODEL) sayHowToUseAKey();
  }
  if (stop !== null) say(`${pc.red('error:')} ${stop.reason}`);
  return exitCodeOf(view, stop);
}

function sayHowToUseAKey(): void {
  print('');
  print(
    'That was the scripted model. With a real one, on your own repository:  ANTHROPIC_API_KEY=… leadwright run --repo DIR --plan FILE',
  );
}
