/** The record against itself: the log's numbers, the money, calls and workers that are gone. */
import type { PoolClient } from 'pg';
import { inSnapshot, type Database } from '../../db/database.js';
import * as sql from '../../db/sql/repair.js';
import { inTransaction } from '../../db/sql/transaction.js';
import { runId, type RunId } from '../../contract/ids.js';
import type { Difference } from './difference.js';

/** The row of a worker whose lease is over is kept for an hour, so that a late answer finds whose it was. */
const FORGOTTEN_MS = 60 * 60 * 1_000;

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
    // What was counted was there: where the counter is ahead, the newest events are gone, and their numbers with them.
    const missing = Math.max(last, newest) - (log?._count ?? 0);
    return [
      ...(last < newest ? [slowCounter(db, runId(id), last, newest)] : []),
      ...(missing > 0 ? [gapInLog(runId(id), missing)] : []),
    ];
  });
}

function slowCounter(db: Database, run: RunId, last: number, newest: number): Difference {
  return {
    run,
    kind: 'repairable',
    description: `The run ${run} counts ${last} events, but the newest in its log is ${newest}.`,
    apply: async () => {
      await withRun(db, run, async (client) => {
        await sql.advanceCounter(client, run);
      });
      return 'Its counter was set to that.';
    },
  };
}

function gapInLog(run: RunId, missing: number): Difference {
  return {
    run,
    kind: 'lost',
    description: `${missing} of the events of the run ${run} are missing in its log.`,
    advice:
      'They can’t be made again, and their numbers are not given again. The run goes on without them; how it stands is in `leadwright status`.',
  };
}

async function compareCalls(db: Database): Promise<Difference[]> {
  const rows = await sql.selectDeadCalls(db.pool);
  return rows.map(({ run, count }) => ({
    run,
    kind: 'repairable',
    description: `${count} of the model calls of the run ${run} are open in the record, but their workers are gone.`,
    apply: async () => {
      await loseCalls(db, run);
      return 'Those that were sent are lost, and their money stays set aside; the others were never sent.';
    },
  }));
}

/** The workers first: one that wakes after this finds itself dead. */
async function loseCalls(db: Database, run: RunId): Promise<void> {
  await withRun(db, run, async (client) => {
    await sql.markCallersDead(client, run);
    await sql.markDeadCallsLost(client, run);
  });
}

async function compareMoney(db: Database): Promise<Difference[]> {
  const rows = await sql.selectWrongSums(db.pool);
  return rows.map(({ id, recorded, summed }) => ({
    run: id,
    kind: 'repairable',
    description: `The run ${id} has ${recorded} in its sums, but its model calls add up to ${summed}.`,
    apply: async () => {
      await withRun(db, id, async (client) => {
        await sql.recomputeSums(client, id);
      });
      return 'The sums were made anew from the calls.';
    },
  }));
}

async function compareWorkers(db: Database): Promise<Difference[]> {
  const old = async () => {
    const calling = await db.prisma.modelCall.findMany({
      where: { state: { in: ['waiting', 'open'] } },
      distinct: ['workerId'],
      select: { workerId: true },
    });
    return {
      leaseUntil: { lt: new Date(Date.now() - FORGOTTEN_MS) },
      id: { notIn: calling.map(({ workerId }) => workerId) },
    };
  };
  const count = await db.prisma.worker.count({ where: await old() });
  if (count === 0) return [];
  return [
    {
      run: null,
      kind: 'repairable',
      description: `${count} workers that have been gone for more than an hour are still in the record.`,
      apply: async () => {
        await db.prisma.worker.deleteMany({ where: await old() });
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
  await inTransaction(db.pool, async (client) => {
    await sql.lockTasks(client, run);
    await sql.lockRun(client, run);
    await change(client);
  });
}
