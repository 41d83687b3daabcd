/** Worker processes and their leases. A worker counts as alive until another process has taken over from it. */
import type { WorkerId } from '../contract/ids.js';
import type { Queue } from '../contract/payloads.js';
import type { Database } from './database.js';
import { inTransaction } from './sql/transaction.js';
import * as sql from './sql/workers.js';
import { onlyRow, type Queryable, type RowOf } from './sql/statement.js';
import type { NewWorker } from './sql/workers.js';

export type { NewWorker } from './sql/workers.js';

/** Records a new worker and starts its lease. @returns for how many milliseconds the database has been running */
export async function addWorker(db: Queryable, worker: NewWorker, leaseMs: number): Promise<number> {
  return onlyRow(await sql.insertWorker(db, worker, leaseMs)).upMs;
}

/**
 * Renews the lease, and records for how many runs the worker has activities running. Returns false when another process
 * has taken over from the worker. An expired lease can be renewed until then.
 */
export async function renewLease(
  db: Queryable,
  id: WorkerId,
  leaseMs: number,
  activeRuns: number,
): Promise<boolean> {
  const renewed = await sql.renewLease(db, id, leaseMs, activeRuns);
  return renewed.length === 1;
}

/**
 * Ends the lease of a worker that leaves, so that nobody waits for it to expire. It counts as dead: the next look of another
 * one finds the tasks that the server handed it while it stopped to ask for them.
 */
export async function endLease(db: Queryable, id: WorkerId): Promise<void> {
  await sql.endLease(db, id);
}

/** A worker that counts as alive. */
export interface LeasedWorker {
  readonly id: WorkerId;
  readonly queues: readonly string[];
}

/** Lists the workers that count as alive. Their leases may have expired. */
export async function listLeasedWorkers(db: Queryable): Promise<LeasedWorker[]> {
  return sql.selectLiveWorkers(db);
}

/** Whether another worker than this one counts as alive and can call a model. */
export async function hasModelElsewhere({ prisma }: Database, own: WorkerId): Promise<boolean> {
  const where = { id: { not: own }, dead: false, queues: { has: 'model' } };
  return (await prisma.worker.findFirst({ where, select: { id: true } })) !== null;
}

/** A worker that serves its queues. */
export type ServingWorker = RowOf<typeof sql.selectServingWorkers>;

/** Lists the workers whose leases hold: none is known to have ended, and none was silent for a lease's length. */
export async function listServingWorkers(db: Queryable): Promise<ServingWorker[]> {
  return sql.selectServingWorkers(db);
}

/** Whether a worker takes work from a queue: without a model, from the model's queue what the scripted model answers. */
export function servesQueue({ queues }: Pick<ServingWorker, 'queues'>, queue: Queue): boolean {
  return queues.includes(queue) || (queue === 'model' && queues.includes('scripted'));
}

/** A worker that may have died. `dead`: it was declared dead. `expired`: its lease has expired. */
export type UnrelievedWorker = RowOf<typeof sql.selectUnrelievedWorkers>;

/** Lists the other workers that nobody has relieved: living ones, and dead ones. */
export async function listUnrelievedWorkers(db: Queryable, self: WorkerId): Promise<UnrelievedWorker[]> {
  return sql.selectUnrelievedWorkers(db, self);
}

/**
 * Declares workers dead and makes the caller hand over their activities: those that were declared dead, those whose
 * leases have expired, and those in `ended`, whose processes are known to have ended.
 * @returns the queues of each, without those that another worker relieves or that have renewed their leases
 */
export async function relieveWorkers(
  db: Queryable,
  ids: readonly WorkerId[],
  ended: readonly WorkerId[],
): Promise<readonly (readonly string[])[]> {
  return (await sql.relieveWorkers(db, ids, ended)).map(({ queues }) => queues);
}

/** Makes a pass over the open workflows, one worker at a time. @returns null when another worker makes one now */
export async function inPass<T>({ pool }: Pick<Database, 'pool'>, pass: () => Promise<T>): Promise<T | null> {
  return inTransaction(pool, async (client) => {
    const { free } = onlyRow(await sql.tryPassLock(client));
    return free ? pass() : null;
  });
}

/** The processes of workers that were declared dead, and that do not go on as new workers. */
export async function listDeadOwners(db: Queryable): Promise<Set<string>> {
  return new Set((await sql.selectDeadOwners(db)).map(({ owner }) => owner));
}
