import pc from 'picocolors';
import type { Environment } from '../shared/config.js';
import { EXIT, type ExitCode } from '../contract/errors.js';
import { branchOf } from '../contract/names.js';
import { checkBranchWritable } from '../git/user/user-branch.js';
import { runId } from '../contract/ids.js';
import { priceOf } from '../model/prices.js';
import { costRange, type CostRange } from '../plan/estimate-cost.js';
import { topologicalOrder } from '../plan/task-order.js';
import { ownTestWarnings } from '../plan/own-test-warnings.js';
import type { Plan } from '../plan/plan-schema.js';
import { formatUsd } from '../shared/format.js';
import { checkBase } from './dry-run-base.js';
import { print, printJson, warn } from './output.js';
import type { Project } from './open-project.js';
import { newRunId } from './start-run.js';
import type { RunOptions } from './commands/run.js';

/** Checks everything that a run would need, shows its order and what it would cost; spends nothing. */
export async function dryRun(env: Environment, project: Project, options: RunOptions): Promise<ExitCode> {
  const { plan, repository, model } = project;
  const id = options.id === undefined ? newRunId(plan.name) : runId(options.id);
  await checkBranchWritable(repository, branchOf(id), [repository.head]);
  const ownTests = await checkBase(env, project, options.allowRedBase === true);
  for (const text of ownTestWarnings(ownTests)) warn(text);
  const concurrency = options.concurrency ?? plan.concurrency;
  const order = topologicalOrder({ ...plan, concurrency });
  const price = priceOf(model, plan.prices);
  const cost = costRange(plan, price, { maxCorrections: options.maxCorrections });
  if (options.json === true) {
    printJson({
      name: plan.name,
      model,
      repo: repository.root,
      base: repository.head,
      concurrency,
      ...order,
      cost,
      ...(options.budgetUsd === undefined ? {} : { budgetUsd: options.budgetUsd }),
    });
    return EXIT.completed;
  }
  showOrder(plan, order.waves);
  showCost(model, cost, options.budgetUsd);
  return EXIT.completed;
}

function showOrder(plan: Plan, waves: readonly (readonly string[])[]): void {
  print(
    `${pc.bold(plan.name)}: ${plan.tasks.length} tasks, in this order if each takes as long as the others:`,
  );
  waves.forEach((wave, index) => print(`  ${String(index + 1).padStart(3)}  ${wave.join(', ')}`));
}

function showCost(model: string, { low, high, explanation }: CostRange, budgetUsd?: number): void {
  print('');
  const range =
    low.costUsd === null || high.costUsd === null
      ? 'not known: the model has no price; give one under `prices` in the plan'
      : `${formatUsd(low.costUsd)} to ${formatUsd(high.costUsd)}`;
  print(`Cost with ${model}: ${range}`);
  for (const line of explanation) print(`  ${pc.dim(line)}`);
  if (budgetUsd !== undefined) {
    print(
      `Budget: ${formatUsd(budgetUsd)}, ${budgetAgainst(budgetUsd, low.costUsd ?? 0, high.costUsd ?? 0)}`,
    );
  }
  print('\nNothing was started and nothing was spent.');
}

/** How a budget stands to the range. At its end the run asks for more, and goes on with what it has done. */
function budgetAgainst(budgetUsd: number, low: number, high: number): string {
  if (budgetUsd >= high) return 'which covers all of this';
  if (budgetUsd >= low) return 'which may not be enough: at its end the run asks you';
  return 'which is less than it costs when all goes well: at its end the run asks you';
}
