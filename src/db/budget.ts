/** The budget of a run and its spending. */
import type { RunId } from '../contract/ids.js';
import type { SqlDatabase } from './database.js';
import { selectPossiblyBilled, selectSpending } from './sql/budget.js';

export interface Spending {
  /** Null when the run has no budget. */
  readonly budgetUsd: number | null;
  readonly spentUsd: number;
  /** Reserved for calls whose cost is unknown: open ones, and lost ones that may have been billed. */
  readonly reservedUsd: number;
}

/** The spending of a run that has a budget. */
export interface Budget extends Spending {
  readonly budgetUsd: number;
  /** The part of `reservedUsd` for calls that were sent and never fully answered: the provider may bill them. */
  readonly possiblyBilledUsd: number;
}

/** Reads the spending of a run; null when there is no such run. */
export async function readSpending(db: SqlDatabase, runId: RunId): Promise<Spending | null> {
  const [spending] = await selectSpending(db.pool, runId);
  return spending ?? null;
}

/** What is reserved for the run's calls that were sent and never fully answered. */
export async function readPossiblyBilled({ pool }: Pick<SqlDatabase, 'pool'>, runId: RunId): Promise<number> {
  const [sum] = await selectPossiblyBilled(pool, runId);
  return sum?.usd ?? 0;
}

/** Reads the budget of a run and its spending; null when the run has no budget. */
export async function readBudget(db: SqlDatabase, runId: RunId): Promise<Budget | null> {
  const spending = await readSpending(db, runId);
  const budgetUsd = spending?.budgetUsd ?? null;
  if (spending === null || budgetUsd === null) return null;
  return { ...spending, budgetUsd, possiblyBilledUsd: await readPossiblyBilled(db, runId) };
}
