/** The usage of a run: what was billed, and what may have been billed. */
import type { UsageMinute } from '../contract/api.js';
import type { RunView } from '../contract/run-view.js';
import type { RunId } from '../contract/ids.js';
import { priceOf } from '../model/prices.js';
import type { Database, SqlDatabase } from './database.js';
import { onlyRow } from './sql/statement.js';
import { selectModelsWithoutCost, selectUsage, selectUsageByMinute } from './sql/usage.js';

/**
 * Reads the usage of a run. Answers that became turns are counted from the turns, late answers from the ledger: both
 * were billed. Calls that were sent and never fully answered are possibly billed.
 */
export async function readUsage(db: SqlDatabase, runId: RunId): Promise<RunView['usage']> {
  const {
    possiblyCalls: calls,
    possiblyUsd: costUsd,
    ...billed
  } = onlyRow(await selectUsage(db.pool, runId));
  return { ...billed, possiblyBilled: { calls, costUsd } };
}

/** The models of a run's answers whose price is not known, in alphabetical order: its cost is without these answers. */
export async function readUnpricedModels(
  { pool }: Pick<SqlDatabase, 'pool'>,
  runId: RunId,
): Promise<string[]> {
  const [run] = await selectModelsWithoutCost(pool, runId);
  return run?.models.filter((model) => priceOf(model, run.prices ?? {}) === null) ?? [];
}

/** Reads the usage of a run per minute. Minutes without an answer are left out. */
export async function readUsageByMinute(db: SqlDatabase, runId: RunId): Promise<UsageMinute[]> {
  const rows = await selectUsageByMinute(db.pool, runId);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** What the runs of a repository have used of a model, and how many of their tasks the model has worked on. */
export async function readUseOf(db: Database, repository: string, model: string) {
  const run = { repository, model };
  const [spent, tasks, turns] = await Promise.all([
    db.prisma.run.aggregate({ where: run, _sum: { spentUsd: true } }),
    db.prisma.task.count({ where: { run, turns: { some: {} } } }),
    db.prisma.modelTurn.aggregate({
      where: { task: { run } },
      _count: true,
      _sum: { inputTokens: true, cacheCreationTokens: true, cacheReadTokens: true, outputTokens: true },
    }),
  ]);
  const { inputTokens, cacheCreationTokens, cacheReadTokens, outputTokens } = turns._sum;
  return {
    tasks,
    modelCalls: turns._count,
    inputTokens: (inputTokens ?? 0) + (cacheCreationTokens ?? 0) + (cacheReadTokens ?? 0),
    outputTokens: outputTokens ?? 0,
    costUsd: spent._sum.spentUsd?.toNumber() ?? 0,
  };
}
