/** What a run used: its bill, and what else may be on the provider's. */
import type { RunView } from '../contract.js';
import type { RunId } from '../ids.js';
import type { Database } from './database.js';

/**
 * Answers are counted by the turns they became, and those that came too late to become one by the ledger: both
 * were billed. Possibly billed is what was sent, had no whole answer, and was sent again: nothing else.
 */
export async function usageOf(db: Database, runId: RunId): Promise<RunView['usage']> {
  const found = await db.pool.query<{ usage: RunView['usage'] }>(
    `WITH answers AS (
       SELECT input_tokens + cache_creation_tokens + cache_read_tokens AS input, output_tokens AS output,
         cost_usd AS cost
       FROM model_turns WHERE run_id = $1
       UNION ALL
       SELECT input_tokens, output_tokens, cost_usd FROM model_calls WHERE run_id = $1 AND state = 'late'
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
