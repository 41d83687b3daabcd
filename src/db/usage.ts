/** What a run used: its bill, and what else may be on the provider's. */
import type { UsageMinute } from '../contract/api.js';
import type { RunView } from '../contract/contract.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';

/**
 * Answers are counted by the turns they became, and those that came too late to become one by the ledger: both
 * were billed.
 */
const ANSWERS = `
  SELECT answered_at AS at, input_tokens + cache_creation_tokens + cache_read_tokens AS input,
    output_tokens AS output, cost_usd AS cost
  FROM model_turns WHERE run_id = $1
  UNION ALL
  SELECT ended_at, input_tokens, output_tokens, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'`;

/**
 * The run's bill. Possibly billed is what was sent, had no whole answer, and was sent again: nothing else.
 */
export async function readUsage(db: Database, runId: RunId): Promise<RunView['usage']> {
  const found = await db.pool.query<{ usage: RunView['usage'] }>(
    `WITH answers AS (${ANSWERS}
     ), possibly AS (
       SELECT worst_usd AS cost FROM model_calls AS lost WHERE run_id = $1 AND state = 'lost' AND EXISTS (
         SELECT FROM model_calls AS again WHERE again.run_id = lost.run_id AND again.task_id = lost.task_id
           AND again.turn = lost.turn AND again.id > lost.id AND again.state NOT IN ('waiting', 'unsent'))
     )
     SELECT json_build_object('modelCalls', (SELECT count(*) FROM answers),
       'inputTokens', (SELECT COALESCE(sum(input), 0) FROM answers),
       'outputTokens', (SELECT COALESCE(sum(output), 0) FROM answers),
       'costUsd', (SELECT COALESCE(sum(cost), 0) FROM answers),
       'possiblyBilled', json_build_object('calls', (SELECT count(*) FROM possibly),
         'costUsd', (SELECT COALESCE(sum(cost), 0) FROM possibly))) AS usage`,
    [runId],
  );
  const [row] = found.rows;
  if (row === undefined) throw new Error('a statement without a table gives one row');
  return row.usage;
}

interface MinuteRow extends Omit<UsageMinute, 'at'> {
  readonly at: Date;
}

/** What each minute of a run used; minutes in which nothing was answered are left out. */
export async function readUsageByMinute(db: Database, runId: RunId): Promise<UsageMinute[]> {
  const { rows } = await db.pool.query<MinuteRow>(
    `WITH answers AS (${ANSWERS})
     SELECT date_trunc('minute', at) AS at, sum(cost)::float8 AS "costUsd", sum(input)::float8 AS "inputTokens",
       sum(output)::float8 AS "outputTokens", count(*)::int AS calls
     FROM answers GROUP BY 1 ORDER BY 1`,
    [runId],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
