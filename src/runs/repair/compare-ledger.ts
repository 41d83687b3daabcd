/** The record against itself: the log's numbers, the money, calls and workers that are gone. */
import type { PoolClient } from 'pg';
import type { Database } from '../../db/database.js';
import type { RunId } from '../../contract/ids.js';
import type { Difference } from './difference.js';

/**
 * A worker renews its lease of 8 s every 2 s; one that has not for this long was not only slow. Its row is kept
 * for an hour, so that a late answer finds whose it was.
 */
const GONE = `interval '30 seconds'`;
const FORGOTTEN = `interval '1 hour'`;

export async function compareLedger(db: Database): Promise<Difference[]> {
  return [
    ...(await compareLogs(db)),
    ...(await compareCalls(db)),
    ...(await compareMoney(db)),
    ...(await compareWorkers(db)),
  ];
}

async function compareLogs(db: Database): Promise<Difference[]> {
  const { rows } = await db.pool.query<{ id: RunId; last: number; newest: number; count: number }>(
    `SELECT runs.id, last_seq AS last, COALESCE(max(seq), 0) AS newest, count(seq)::int AS count
     FROM runs LEFT JOIN events ON run_id = runs.id GROUP BY runs.id
     HAVING last_seq <> COALESCE(max(seq), 0) OR count(seq) <> COALESCE(max(seq), 0) ORDER BY runs.id`,
  );
  return rows.flatMap(({ id, last, newest, count }) => {
    // What was counted was there: where the counter is ahead, the newest events are gone, and their numbers with them.
    const missing = Math.max(last, newest) - count;
    return [
      ...(last < newest ? [slowCounter(db, id, last, newest)] : []),
      ...(missing > 0 ? [gapInLog(id, missing)] : []),
    ];
  });
}

function slowCounter(db: Database, run: RunId, last: number, newest: number): Difference {
  return {
    run,
    kind: 'mendable',
    said: `The run ${run} counts ${last} events, but the newest in its log is ${newest}.`,
    apply: async () => {
      await withRun(db, run, async (client) => {
        // Never back: a client that saw a number would wait for what comes after it, and miss it.
        await client.query(
          `UPDATE runs SET last_seq = GREATEST(last_seq, (SELECT COALESCE(max(seq), 0) FROM events WHERE run_id = $1))
           WHERE id = $1`,
          [run],
        );
      });
      return 'Its counter was set to that.';
    },
  };
}

function gapInLog(run: RunId, missing: number): Difference {
  return {
    run,
    kind: 'lost',
    said: `${missing} of the events of the run ${run} are missing in its log.`,
    advice:
      'They can’t be made again, and their numbers are not given again. The run goes on without them; how it stands is in `leadwright status`.',
  };
}

/**
 * Calls that their worker can no longer end, of tasks that nobody works at: where somebody does, the next claim
 * of the turn settles them.
 */
const DEAD_CALLS = `model_calls.state IN ('waiting', 'open') AND NOT EXISTS (
  SELECT FROM workers WHERE workers.id = worker_id AND NOT dead AND lease_until > now() - ${GONE})
  AND claimed_at < now() - ${GONE} AND NOT EXISTS (
    SELECT FROM tasks JOIN runs ON runs.id = tasks.run_id WHERE tasks.run_id = model_calls.run_id
      AND tasks.id = task_id AND tasks.status = 'in_progress' AND runs.status IN ('running', 'paused', 'blocked'))`;

async function compareCalls(db: Database): Promise<Difference[]> {
  const { rows } = await db.pool.query<{ run: RunId; count: number }>(
    `SELECT run_id AS run, count(*)::int AS count FROM model_calls WHERE ${DEAD_CALLS} GROUP BY run_id ORDER BY run_id`,
  );
  return rows.map(({ run, count }) => ({
    run,
    kind: 'mendable',
    said: `${count} of the model calls of the run ${run} are open in the record, but their workers are gone.`,
    apply: async () => {
      await loseCalls(db, run);
      return 'Those that were sent are lost, and their money stays set aside; the others were never sent.';
    },
  }));
}

/** The workers first: one that wakes after this finds itself dead. */
async function loseCalls(db: Database, run: RunId): Promise<void> {
  await withRun(db, run, async (client) => {
    await client.query(
      `UPDATE workers SET dead = true WHERE NOT dead AND lease_until <= now() - ${GONE}
         AND id IN (SELECT worker_id FROM model_calls WHERE run_id = $1)`,
      [run],
    );
    await client.query(
      `UPDATE model_calls SET state = CASE state WHEN 'open' THEN 'lost' ELSE 'unsent' END,
         ended_at = clock_timestamp(), reason = 'Its worker was gone.'
       WHERE run_id = $1 AND ${DEAD_CALLS}`,
      [run],
    );
  });
}

/** What the calls of a run cost. */
const SPENT = `COALESCE((SELECT sum(cost_usd) FROM model_calls WHERE run_id = runs.id), 0)`;
/** What is set aside for those whose cost is not known, or never will be. */
const RESERVED = `COALESCE((SELECT sum(worst_usd) FROM model_calls
  WHERE run_id = runs.id AND state IN ('open', 'lost')), 0)`;

async function compareMoney(db: Database): Promise<Difference[]> {
  const { rows } = await db.pool.query<{ id: RunId; said: string; summed: string }>(
    `SELECT id, concat(round(spent_usd, 4), ' USD spent and ', round(reserved_usd, 4), ' USD set aside') AS said,
       concat(round(${SPENT}, 4), ' and ', round(${RESERVED}, 4)) AS summed
     FROM runs WHERE spent_usd <> ${SPENT} OR reserved_usd <> ${RESERVED} ORDER BY id`,
  );
  return rows.map(({ id, said, summed }) => ({
    run: id,
    kind: 'mendable',
    said: `The run ${id} has ${said} in its sums; its model calls make ${summed}.`,
    apply: async () => {
      await withRun(db, id, async (client) => {
        await client.query(`UPDATE runs SET spent_usd = ${SPENT}, reserved_usd = ${RESERVED} WHERE id = $1`, [
          id,
        ]);
      });
      return 'The sums were made anew from the calls.';
    },
  }));
}

const OLD_WORKERS = `lease_until < now() - ${FORGOTTEN} AND NOT EXISTS (
  SELECT FROM model_calls WHERE worker_id = workers.id AND state IN ('waiting', 'open'))`;

async function compareWorkers(db: Database): Promise<Difference[]> {
  const { rows } = await db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM workers WHERE ${OLD_WORKERS}`,
  );
  const count = rows[0]?.count ?? 0;
  if (count === 0) return [];
  return [
    {
      run: null,
      kind: 'mendable',
      said: `${count} workers that have been gone for more than an hour are still in the record.`,
      apply: async () => {
        await db.pool.query(`DELETE FROM workers WHERE ${OLD_WORKERS}`);
        return 'They were removed from it.';
      },
    },
  ];
}

/** Changes a run under the locks of its tasks' rows and its own: what is summed is what is there when nobody else writes. */
async function withRun(
  db: Database,
  run: RunId,
  change: (client: PoolClient) => Promise<void>,
): Promise<void> {
  const client = await db.pool.connect();
  // A connection that breaks fails the statement under way; without a listener it would end the process too.
  const ignore = () => undefined;
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM tasks WHERE run_id = $1 ORDER BY id FOR NO KEY UPDATE', [run]);
    await client.query('SELECT FROM runs WHERE id = $1 FOR NO KEY UPDATE', [run]);
    await change(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release();
  }
}
