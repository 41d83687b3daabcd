/** Worker processes and their leases. A worker counts as alive until another process has taken over from it. */
import type { WorkerId } from '../contract/ids.js';
import * as sql from './sql/workers.js';
import type { Queryable, RowOf } from './sql/statement.js';
import type { NewWorker } from './sql/workers.js';

export type { NewWorker } from './sql/workers.js';

/** Records a new worker and starts its lease. */
export async function addWorker(db: Queryable, worker: NewWorker, leaseMs: number): Promise<void> {
  await sql.insertWorker(db, worker, leaseMs);
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

/** Removes a worker that has left, so that nobody waits for its lease to expire. */
export async function removeWorker(db: Queryable, id: WorkerId): Promise<void> {
  await sql.deleteWorker(db, id);
}

/** A worker that counts as alive. */
export interface LeasedWorker {
  readonly id: WorkerId;
  readonly owner: string;
  readonly queues: readonly string[];
}

/** Lists the workers that count as alive. Their leases may have expired. */
export async function listLeasedWorkers(db: Queryable): Promise<LeasedWorker[]> {
  return sql.selectLiveWorkers(db);
}

/** A worker that serves its queues. */
export type ServingWorker = RowOf<typeof sql.selectServingWorkers>;

/** Lists the workers whose leases hold: none is known to have ended, and none was silent for a lease's length. */
export async function listServingWorkers(db: Queryable): Promise<ServingWorker[]> {
  return sql.selectServingWorkers(db);
}

/** Declares workers dead whose processes are known to have ended, without waiting for their leases to expire. */
export async function markWorkersDead(db: Queryable, ids: readonly WorkerId[]): Promise<void> {
  await sql.markWorkersDead(db, ids);
}
