/** Compares the record with itself: event numbers, sums of money, and calls and leases of workers that have ended. */
import type { PoolClient } from 'pg';
import { inSnapshot, type Database } from '../../db/database.js';
import * as sql from '../../db/sql/repair.js';
import { inTransaction } from '../../db/sql/transaction.js';
import { runId, type RunId } from '../../contract/ids.js';
import { count } from '../../shared/words/format.js';
import type { Difference } from './difference.js';

/** The row of a worker is kept for an hour after its lease has expired, because a late answer may still refer to it. */
const KEPT_MS = 60 * 60 * 1_000;

/** Finds all differences within the record. */
export async function compareLedger(db: Database): Promise<Difference[]> {
  return [
    ...(await compareLogs(db)),
    ...(await compareCalls(db)),
    ...(await compareMoney(db)),
    ...(await compareWorkers(db)),
  ];
}

async function compareLogs(db: Database): Promise<Difference[]> {
  const { runs, logs } = await inSnapshot(db, async (tx) => ({
    runs: await tx.run.findMany({ select: { id: true, lastSeq: true }, orderBy: { id: 'asc' } }),
    logs: await tx.event.groupBy({ by: ['runId'], _max: { seq: true }, _count: true }),
  }));
  const logOf = new Map(logs.map((log) => [log.runId, log]));
  return runs.flatMap(({ id, lastSeq: last }) => {
    const log = logOf.get(id);
    const newest = log?._max.seq ?? 0;
    // Every counted event was stored. A counter that is ahead means that the newest events are lost.
    const missing = Math.max(last, newest) - (log?._count ?? 0);
    return [
      ...(last < newest ? [laggingCounter(db, runId(id), last, newest)] : []),
      ...(missing > 0 ? [gapInLog(runId(id), missing)] : []),
    ];
  });
}

function laggingCounter(db: Database, run: RunId, last: number, newest: number): Difference {
  return {
    run,
    kind: 'repairable',
    description: `The run ${run} counts ${last} events, but the newest in its log is number ${newest}.`,
    apply: async () => {
      await withRunLocked(db, run, async (client) => {
        await sql.advanceCounter(client, run);
      });
      return 'The counter was set to that number.';
    },
  };
}

function gapInLog(run: RunId, missing: number): Difference {
  return {
    run,
    kind: 'lost',
    description: `The log of the run ${run} lacks ${missing} of its events.`,
    advice:
      'They cannot be restored, and their numbers are not used again. The run continues without them; `leadwright status` shows its state.',
  };
}

async function compareCalls(db: Database): Promise<Difference[]> {
  const rows = await sql.selectDeadCalls(db.pool);
  return rows.map(({ run, count: calls }) => ({
    run,
    kind: 'repairable',
    description: `The run ${run} has ${count(calls, 'open model call whose worker has', 'open model calls whose workers have')} ended.`,
    apply: async () => {
      await settleDeadCalls(db, run);
      return 'Calls that were sent are marked as lost, and their cost stays reserved. The others are marked as unsent.';
    },
  }));
}

/** Declares the workers dead first, so that one that wakes up later is refused. */
async function settleDeadCalls(db: Database, run: RunId): Promise<void> {
  await withRunLocked(db, run, async (client) => {
    await sql.markCallersDead(client, run);
    await sql.markDeadCallsLost(client, run);
  });
}

async function compareMoney(db: Database): Promise<Difference[]> {
  const rows = await sql.selectWrongSums(db.pool);
  return rows.map(({ id, recorded, summed }) => ({
    run: id,
    kind: 'repairable',
    description: `The run ${id} has recorded ${recorded}, but its model calls add up to ${summed}.`,
    apply: async () => {
      await withRunLocked(db, id, async (client) => {
        await sql.recomputeSums(client, id);
      });
      return 'The sums were recomputed from the calls.';
    },
  }));
}

async function compareWorkers(db: Database): Promise<Difference[]> {
  const expired = async () => {
    const calling = await db.prisma.modelCall.findMany({
      where: { state: { in: ['waiting', 'open'] } },
      distinct: ['workerId'],
      select: { workerId: true },
    });
    return {
      leaseUntil: { lt: new Date(Date.now() - KEPT_MS) },
      id: { notIn: calling.map(({ workerId }) => workerId) },
    };
  };
  const workers = await db.prisma.worker.count({ where: await expired() });
  if (workers === 0) return [];
  return [
    {
      run: null,
      kind: 'repairable',
      description: `The record holds ${count(workers, 'worker whose lease', 'workers whose leases')} expired more than an hour ago.`,
      apply: async () => {
        await db.prisma.worker.deleteMany({ where: await expired() });
        return 'They were removed.';
      },
    },
  ];
}

/** Changes a run under the locks of its tasks and its own row, so that nobody else writes meanwhile. */
async function withRunLocked(
  db: Database,
  run: RunId,
  change: (client: PoolClient) => Promise<void>,
): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await sql.lockTasks(client, run);
    await sql.lockRun(client, run);
    await change(client);
  });
}
