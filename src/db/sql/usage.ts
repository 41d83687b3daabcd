import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { planPrices, texts } from './columns.js';
import { POSSIBLY_BILLED, POSSIBLY_USD } from './budget.js';
import { defineStatement } from './statement.js';

export const selectUsage = defineStatement({
  name: 'select-usage',
  reason: 'quick',
  why: 'The usage of a run, for `status` and `show`.',
  text: `SELECT count(*)::int AS "modelCalls", COALESCE(sum(input), 0)::float8 AS "inputTokens",
      COALESCE(sum(output), 0)::float8 AS "outputTokens", COALESCE(sum(cost), 0)::float8 AS "costUsd",
      (SELECT count(*)::int ${POSSIBLY_BILLED}) AS "possiblyCalls", (SELECT ${POSSIBLY_USD} ${POSSIBLY_BILLED}) AS "possiblyUsd"
    FROM (
      SELECT input_tokens + cache_creation_tokens + cache_read_tokens AS input, output_tokens AS output,
        cost_usd AS cost
      FROM model_turns WHERE run_id = $1
      UNION ALL
      SELECT input_tokens, output_tokens, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'
    ) AS answers`,
  values: (run: RunId) => [run],
  row: {
    modelCalls: z.int(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    costUsd: z.number(),
    possiblyCalls: z.int(),
    possiblyUsd: z.number(),
  },
});

export const selectModelsWithoutCost = defineStatement({
  name: 'select-models-without-cost',
  reason: 'quick',
  why: 'Whether the cost of a run is known, for `status` and `show`.',
  // The plan is large, so its prices are read only when they decide.
  text: `SELECT models, CASE WHEN cardinality(models) > 0 THEN plan -> 'prices' END AS prices
    FROM runs, LATERAL (
      SELECT ARRAY(SELECT DISTINCT model FROM model_turns WHERE run_id = $1 AND cost_usd = 0 ORDER BY model) AS models
    ) AS answers WHERE id = $1`,
  values: (run: RunId) => [run],
  row: { models: texts, prices: planPrices.nullable() },
});

export const selectUsageByMinute = defineStatement({
  name: 'select-usage-by-minute',
  reason: 'inexpressible',
  why: 'Groups by a computed value; Prisma would load every turn of the run.',
  text: `SELECT date_trunc('minute', at) AS at, sum(cost)::float8 AS "costUsd", sum(input)::float8 AS "inputTokens",
      sum(output)::float8 AS "outputTokens", count(*)::int AS calls
    FROM (
      SELECT answered_at AS at, input_tokens + cache_creation_tokens + cache_read_tokens AS input,
        output_tokens AS output, cost_usd AS cost
      FROM model_turns WHERE run_id = $1
      UNION ALL
      SELECT ended_at, input_tokens, output_tokens, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'
    ) AS answers GROUP BY 1 ORDER BY 1`,
  values: (run: RunId) => [run],
  row: {
    at: z.date(),
    costUsd: z.number(),
    inputTokens: z.number(),
    outputTokens: z.number(),
    calls: z.int(),
  },
});
