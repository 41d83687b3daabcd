import { readUseOf } from '../../db/usage.js';
import { limitsOf, SCRIPTED_MODEL } from '../../model/known-models.js';
import type { Environment } from '../../shared/config.js';
import type { ExitCode } from '../../contract/errors.js';
import { runBranch } from '../../contract/names.js';
import { checkBranchWritable } from '../../git/user/user-branch.js';
import { runId, type RunId } from '../../contract/ids.js';
import { endpointOf, priceFactorOf } from '../../model/endpoint.js';
import { priceOf } from '../../model/prices.js';
import { toolCharsOf } from '../../mcp/tools-of-tasks.js';
import { CONTEXT_TOKENS, costRange, type CostRange, type EarlierRuns } from '../../plan/estimate-cost.js';
import { effortWarnings } from '../../plan/effort-problems.js';
import { topologicalOrder } from '../../plan/task-order.js';
import { chooseModel } from '../../plan/choose-model.js';
import type { Plan, PlanTask } from '../../plan/plan-schema.js';
import { DEFAULT_CORRECTIONS } from '../../runs/control/answer-choice.js';
import { count, formatUsd } from '../../shared/words/format.js';
import { paint, styled } from '../../shared/words/terminal-text.js';
import { checkBase } from './dry-run-base.js';
import type { JsonOption } from '../command.js';
import { findContinued, hasRecord } from './known-run.js';
import { print, printResult, warn } from '../print/output.js';
import type { Project } from './open-project.js';
import { withReader } from '../session/session.js';
import { newRunId } from './new-run-id.js';

/** The options of `run` that a dry run reads. */
interface DryRunOptions extends JsonOption {
  readonly id?: string;
  readonly concurrency?: number;
  readonly maxCorrections?: number;
  readonly budgetUsd?: number;
  readonly allowRedBase?: boolean;
}

/** Checks everything that a run needs, and prints its order and cost range. Calls no model and starts nothing. */
export async function dryRun(env: Environment, project: Project, options: DryRunOptions): Promise<ExitCode> {
  const { plan, repository, model } = project;
  const earlier = await readEarlier(env, project, options.id === undefined ? null : runId(options.id));
  if (!earlier.isKnown) {
    const id = options.id ?? newRunId(plan.name);
    await checkBranchWritable(repository, runBranch(runId(id)), [repository.head]);
  }
  const { warnings, tools, fileTokens } = await checkBase(env, project, options.allowRedBase === true);
  for (const text of [...effortWarnings(plan, model), ...warnings]) warn(text);
  const concurrency = options.concurrency ?? plan.concurrency;
  const order = topologicalOrder({ ...plan, concurrency });
  const models = { model, escalate: plan.escalate };
  const priceFactor = priceFactorOf(endpointOf(env));
  const modelOf = (task: PlanTask, attempt: number) => chooseModel(models, task.model, attempt - 1);
  const priceOfAttempt = (task: PlanTask, attempt: number) =>
    priceOf(modelOf(task, attempt), plan.prices, priceFactor);
  const contextTokens = (task: PlanTask, attempt: number) =>
    Math.min(CONTEXT_TOKENS, limitsOf(modelOf(task, attempt), plan.limits).contextTokens);
  const cost = costRange(
    plan,
    priceOfAttempt,
    {
      ...{ maxCorrections: options.maxCorrections ?? DEFAULT_CORRECTIONS, fileTokens, contextTokens },
      toolChars: (task) => toolCharsOf(task, tools),
    },
    earlier.use,
  );
  const { budgetUsd } = options;
  const result = {
    name: plan.name,
    model,
    repo: repository.root,
    base: repository.head,
    concurrency,
    ...order,
    cost,
    ...(budgetUsd === undefined ? {} : { budgetUsd }),
  };
  return printResult(options, result, () => {
    printOrder(plan, order.waves);
    printCost(model, cost, budgetUsd);
  });
}

/** What the record knows of a run. */
interface Earlier {
  /** Whether `run` would continue a run. Then its branch is its own, wherever it is. */
  readonly isKnown: boolean;
  /** What earlier runs of the repository used with the model; null when nothing is known of that. */
  readonly use: EarlierRuns | null;
}

/**
 * Reads the record, if there is one.
 * @param id null without `--id`
 * @throws UsageError when the id belongs to another run
 */
async function readEarlier(env: Environment, project: Project, id: RunId | null): Promise<Earlier> {
  const { repository, model } = project;
  const hasPrice = model !== SCRIPTED_MODEL;
  if (!(hasPrice || id !== null) || !hasRecord(env)) return { isKnown: false, use: null };
  return withReader(env, async (reader) => {
    const db = await reader.database();
    return {
      isKnown: id !== null && (await findContinued(db, project, id)) !== null,
      use: hasPrice ? await readUseOf(db, repository.root, model) : null,
    };
  });
}

function printOrder(plan: Plan, waves: readonly (readonly string[])[]): void {
  print(
    styled`${paint.bold(plan.name)}: ${count(plan.tasks.length, 'task')}. If all take equally long, they run in this order:`,
  );
  waves.forEach((wave, index) => print(`  ${String(index + 1).padStart(3)}  ${wave.join(', ')}`));
}

function printCost(model: string, { low, likely, high, explanation }: CostRange, budgetUsd?: number): void {
  print('');
  const range =
    low.costUsd === null || likely.costUsd === null || high.costUsd === null
      ? 'unknown, because the model has no known price. Give one under `prices` in the plan'
      : `likely ${formatUsd(likely.costUsd)}; ${formatUsd(low.costUsd)} to ${formatUsd(high.costUsd)} in the worst case`;
  print(`Cost with ${model}: ${range}`);
  for (const line of explanation) print(styled`  ${paint.dim(line)}`);
  if (budgetUsd !== undefined) {
    print(
      `Budget: ${formatUsd(budgetUsd)}, ${budgetAgainst(budgetUsd, low.costUsd ?? 0, high.costUsd ?? 0)}`,
    );
  }
  print('\nNothing was started and nothing was spent.');
}

/** Compares a budget with the cost range. When the budget is spent, the run raises a blocker and keeps its work. */
function budgetAgainst(budgetUsd: number, low: number, high: number): string {
  if (budgetUsd >= high) return 'which covers the whole range';
  if (budgetUsd >= low) return 'which may not be enough: when it is spent, the run asks you';
  return 'which is less than the lowest estimate: when it is spent, the run asks you';
}
