/** Worker processes and their leases. A worker lives as long as nobody took over from it. */
import type { WorkerId } from '../contract/ids.js';
import * as sql from './sql/workers.js';
import type { Queryable } from './sql/statement.js';
import type { NewWorker } from './sql/workers.js';

export type { NewWorker } from './sql/workers.js';

/** Records a new worker, whose lease begins. */
export async function addWorker(db: Queryable, worker: NewWorker, leaseMs: number): Promise<void> {
  await sql.insertWorker(db, worker, leaseMs);
}

/**
 * Renews the lease, and records for how many runs the worker has something under way. False when somebody took over
 * from it meanwhile, however long ago its lease was over.
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

/** Removes a worker that has left: nobody needs to wait until its lease is over. */
export async function removeWorker(db: Queryable, id: WorkerId): Promise<void> {
  await sql.deleteWorker(db, id);
}

/** A worker that counts as living. */
export interface LiveWorker {
  readonly id: WorkerId;
  readonly owner: string;
  readonly queues: readonly string[];
}

/** Workers that nobody took over from, whose lease may be over. */
export async function listLiveWorkers(db: Queryable): Promise<LiveWorker[]> {
  return sql.selectLiveWorkers(db);
}

/** Takes over from workers whose processes are known to be gone: nobody waits for their leases. */
export async function markWorkersDead(db: Queryable, ids: readonly WorkerId[]): Promise<void> {
  await sql.markWorkersDead(db, ids);
}
