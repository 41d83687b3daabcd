/** What the record has to say in numbers, of all runs that are kept: for whoever watches from afar. */
import type { Queryable } from './event-log.js';

/** How many there are under one set of labels. */
export interface Labelled<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

export interface RecordMetrics {
  readonly runs: readonly Labelled<'status'>[];
  readonly tasks: readonly Labelled<'status' | 'role'>[];
  /** Tasks whose dependencies are done and which wait for a slot, and for how long the longest has, in seconds. */
  readonly waiting: readonly Labelled<'role'>[];
  readonly longestWait: readonly Labelled<'role'>[];
  readonly blockers: readonly Labelled<'reason'>[];
  readonly turns: readonly Labelled<'model' | 'stop_reason'>[];
  readonly turnSeconds: readonly Labelled<'model'>[];
  readonly tokens: readonly Labelled<'model' | 'kind'>[];
  readonly costUsd: readonly Labelled<'model'>[];
  /** Set aside for calls that are under way, or lost and possibly billed. */
  readonly reservedUsd: number;
  readonly tests: readonly Labelled<'result'>[];
  readonly testSeconds: readonly Labelled<'result'>[];
  /** Submissions that were tested, and those that followed a red verdict. */
  readonly attempts: readonly Labelled<'role'>[];
  readonly corrections: readonly Labelled<'role'>[];
  readonly events: number;
  readonly workers: number;
}

/** Reads them all; each is one statement, over all that is kept. */
export async function readMetrics(db: Queryable): Promise<RecordMetrics> {
  const [runs, tasks, waits, blockers, turns, tests, work, sums] = await Promise.all([
    rows<{ status: string; count: number }>(db, 'SELECT status::text, count(*)::int FROM runs GROUP BY 1'),
    rows<{ status: string; role: string; count: number }>(
      db,
      'SELECT status::text, assigned_to::text AS role, count(*)::int FROM tasks GROUP BY 1, 2',
    ),
    rows<{ role: string; count: number; seconds: number }>(db, WAITS),
    rows<{ reason: string; count: number }>(
      db,
      'SELECT reason, count(*)::int FROM blockers WHERE resolved_at IS NULL GROUP BY 1',
    ),
    rows<TurnSums>(db, TURNS),
    rows<{ result: string; count: number; seconds: number }>(db, TESTS),
    rows<{ role: string; attempts: number; corrections: number }>(
      db,
      `SELECT assigned_to::text AS role, sum(attempt_count)::int AS attempts, sum(correction_count)::int AS corrections
       FROM tasks GROUP BY 1`,
    ),
    rows<{ reserved: number; events: number; workers: number }>(db, SUMS),
  ]);
  const each = <R, L extends string>(
    of: readonly R[],
    labels: (row: R) => Record<L, string>,
    value: (row: R) => number,
  ): Labelled<L>[] => of.map((row) => ({ labels: labels(row), value: value(row) }));
  const ofRole = ({ role }: { role: string }) => ({ role });
  const ofModel = ({ model }: TurnSums) => ({ model });
  const ofResult = ({ result }: { result: string }) => ({ result });
  return {
    runs: each(
      runs,
      ({ status }) => ({ status }),
      (row) => row.count,
    ),
    tasks: each(
      tasks,
      ({ status, role }) => ({ status, role }),
      (row) => row.count,
    ),
    waiting: each(waits, ofRole, (row) => row.count),
    longestWait: each(waits, ofRole, (row) => row.seconds),
    blockers: each(
      blockers,
      ({ reason }) => ({ reason }),
      (row) => row.count,
    ),
    turns: each(
      turns,
      ({ model, stop_reason }) => ({ model, stop_reason }),
      (row) => row.count,
    ),
    turnSeconds: each(turns, ofModel, (row) => row.seconds),
    tokens: turns.flatMap((row) => tokensOf(row)),
    costUsd: each(turns, ofModel, (row) => row.cost),
    reservedUsd: sums[0]?.reserved ?? 0,
    tests: each(tests, ofResult, (row) => row.count),
    testSeconds: each(tests, ofResult, (row) => row.seconds),
    attempts: each(work, ofRole, (row) => row.attempts),
    corrections: each(work, ofRole, (row) => row.corrections),
    events: sums[0]?.events ?? 0,
    workers: sums[0]?.workers ?? 0,
  };
}

interface TurnSums {
  readonly model: string;
  readonly stop_reason: string;
  readonly count: number;
  readonly seconds: number;
  readonly cost: number;
  readonly input: number;
  readonly output: number;
  readonly cache_read: number;
  readonly cache_write: number;
}

function tokensOf(row: TurnSums): Labelled<'model' | 'kind'>[] {
  const kinds = ['input', 'output', 'cache_read', 'cache_write'] as const;
  return kinds.map((kind) => ({ labels: { model: row.model, kind }, value: row[kind] }));
}

const TURNS = `
  SELECT model, stop_reason, count(*)::int, sum(ms)::float8 / 1000 AS seconds, sum(cost_usd)::float8 AS cost,
         sum(input_tokens)::float8 AS input, sum(output_tokens)::float8 AS output,
         sum(cache_read_tokens)::float8 AS cache_read, sum(cache_creation_tokens)::float8 AS cache_write
  FROM model_turns GROUP BY 1, 2`;

const TESTS = `
  SELECT CASE WHEN passed THEN 'passed' ELSE 'failed' END AS result, count(*)::int, sum(ms)::float8 / 1000 AS seconds
  FROM test_results GROUP BY 1`;

const SUMS = `
  SELECT coalesce(sum(reserved_usd), 0)::float8 AS reserved, coalesce(sum(last_seq), 0)::float8 AS events,
         (SELECT count(*)::int FROM workers WHERE NOT dead AND lease_until > now()) AS workers
  FROM runs`;

/** A task waits from when the last of what it depends on was done, or its run began. */
const WAITS = `
  SELECT task.assigned_to::text AS role, count(*)::int,
         max(extract(epoch FROM now() - greatest(run.created_at, done.at)))::float8 AS seconds
  FROM tasks task
  JOIN runs run ON run.id = task.run_id AND run.status = 'running'
  CROSS JOIN LATERAL (
    SELECT max(needed.completed_at) AS at, coalesce(bool_and(needed.status = 'completed'), true) AS complete
    FROM tasks needed WHERE needed.run_id = task.run_id AND needed.id = ANY (task.depends_on)
  ) done
  WHERE task.status = 'pending' AND done.complete
  GROUP BY 1`;

async function rows<R extends object>(db: Queryable, text: string): Promise<R[]> {
  return (await db.query<R>(text)).rows;
}
