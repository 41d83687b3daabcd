/** The budget of a run and its spending. */
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';

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
}

/** Reads the spending of a run; null when there is no such run. */
export async function readSpending(db: Database, runId: RunId): Promise<Spending | null> {
  const run = await db.prisma.run.findUnique({
    where: { id: runId },
    select: { budgetUsd: true, spentUsd: true, reservedUsd: true },
  });
  if (run === null) return null;
  return {
    budgetUsd: run.budgetUsd?.toNumber() ?? null,
    spentUsd: run.spentUsd.toNumber(),
    reservedUsd: run.reservedUsd.toNumber(),
  };
}

/** Reads the budget of a run and its spending; null when the run has no budget. */
export async function readBudget(db: Database, runId: RunId): Promise<Budget | null> {
  const spending = await readSpending(db, runId);
  const budgetUsd = spending?.budgetUsd ?? null;
  return spending === null || budgetUsd === null ? null : { ...spending, budgetUsd };
}
