import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { defineStatement } from './statement.js';

/** The run's calls that were sent and never fully answered, whether or not they were made again. */
export const POSSIBLY_BILLED = `FROM model_calls WHERE run_id = $1 AND state = 'lost'`;
export const POSSIBLY_USD = 'COALESCE(sum(worst_usd), 0)::float8';

export const selectPossiblyBilled = defineStatement({
  name: 'select-possibly-billed',
  reason: 'quick',
  why: 'Beside the budget, in the summary of `status`.',
  text: `SELECT ${POSSIBLY_USD} AS usd ${POSSIBLY_BILLED}`,
  values: (run: RunId) => [run],
  row: { usd: z.number() },
});

export const selectSpending = defineStatement({
  name: 'select-spending',
  reason: 'hot',
  why: 'Read at the start of every task, whose first message says what is left.',
  text: `SELECT budget_usd::float8 AS "budgetUsd", spent_usd::float8 AS "spentUsd", reserved_usd::float8 AS "reservedUsd"
    FROM runs WHERE id = $1`,
  values: (run: RunId) => [run],
  row: { budgetUsd: z.number().nullable(), spentUsd: z.number(), reservedUsd: z.number() },
});
