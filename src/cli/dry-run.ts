import pc from 'picocolors';
import { mkdir } from 'node:fs/promises';
import type { Environment } from '../config.js';
import { EnvironmentError, EXIT, type ExitCode } from '../errors.js';
import { branchOf } from '../git/branch.js';
import { GitStore } from '../git/store.js';
import { checkBranchWritable } from '../git/user-branch.js';
import { runId } from '../ids.js';
import { priceOf } from '../model/prices.js';
import { costRange, type CostRange } from '../plan/cost.js';
import { topologicalOrder } from '../plan/order.js';
import type { Plan } from '../plan/schema.js';
import { runOnCommit } from '../sandbox/run-on-commit.js';
import { runnerFor } from '../sandbox/choose-runner.js';
import { oneLine } from '../sandbox/summary.js';
import { formatUsd } from './follow/format.js';
import { print, printJson, say } from './output.js';
import type { Project } from './project.js';
import { pathsOf } from './session.js';
import { newRunId } from './start-run.js';
import type { RunOptions } from './commands/run.js';

/** Checks everything that a run would need, shows its order and what it would cost; spends nothing. */
export async function dryRun(env: Environment, project: Project, options: RunOptions): Promise<ExitCode> {
  const { plan, repository, model } = project;
  const id = options.id === undefined ? newRunId(plan.name) : runId(options.id);
  await checkBranchWritable(repository, branchOf(id), [repository.head]);
  await checkBase(env, project, options.allowRedBase === true);
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

/** The default test at the base, as a run would do it first. */
async function checkBase(env: Environment, { plan, repository }: Project, allowed: boolean): Promise<void> {
  const relying = plan.tasks.filter((task) => task.usesDefaultTest);
  if (plan.test === null || relying.length === 0) return;
  const paths = pathsOf(env);
  await mkdir(paths.trees, { recursive: true });
  await mkdir(paths.setupLayers, { recursive: true });
  const store = await GitStore.open(paths.store);
  try {
    await store.importBase(repository, repository.head);
    say(`testing the base: ${plan.test}`);
    const timeoutMs = Math.max(...relying.map((task) => task.timeout.testMs));
    const done = await runOnCommit({
      runner: await runnerFor(env),
      source: store,
      commit: repository.head,
      treesFolder: paths.trees,
      setup:
        plan.setup === null
          ? null
          : {
              command: plan.setup,
              layersFolder: paths.setupLayers,
              scope: repository.root,
              network: plan.network === 'setup',
              timeoutMs,
            },
      command: plan.test,
      environment: { host: env, allow: plan.env },
      timeoutMs,
    });
    if (done.verdict.passed || (allowed && !done.result.commandNotFound)) return;
    throw new EnvironmentError(
      `The test (${plan.test}) is red before anything was changed: ${done.verdict.reason}: ${oneLine(done.result.output)}`,
      'Mend it, or start the run with --allow-red-base.',
    );
  } finally {
    store.close();
  }
}
