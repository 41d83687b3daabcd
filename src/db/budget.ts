/** What a run may cost, and what it has cost. */
import type { RunId } from '../ids.js';
import type { Database } from './database.js';

export interface Budget {
  readonly budgetUsd: number;
  readonly spentUsd: number;
  /** Set aside for calls whose cost is not known: under way, or lost and possibly billed. */
  readonly reservedUsd: number;
}

/** Null when the run has no budget. */
export async function readBudget(db: Database, runId: RunId): Promise<Budget | null> {
  const found = await db.pool.query<Budget>(
    `SELECT budget_usd::float8 AS "budgetUsd", spent_usd::float8 AS "spentUsd", reserved_usd::float8 AS "reservedUsd"
     FROM runs WHERE id = $1 AND budget_usd IS NOT NULL`,
    [runId],
  );
  return found.rows[0] ?? null;
}
