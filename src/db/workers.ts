/** Worker processes and their leases. A worker lives as long as nobody took over from it. */
import type { WorkerId } from '../contract/ids.js';
import type { Queryable } from './event-log.js';

export interface NewWorker {
  readonly id: WorkerId;
  readonly host: string;
  readonly pid: number;
  readonly build: string;
  readonly queues: readonly string[];
  /** Its machine, pid and start: what `ownName()` gives. */
  readonly owner: string;
}

/** A row of a dead worker is kept this long, for whoever asks what happened. */
const KEPT_DAYS = 7;

/** A new worker, whose lease begins. */
export async function addWorker(db: Queryable, worker: NewWorker, leaseMs: number): Promise<void> {
  await db.query(
    `WITH swept AS (
       DELETE FROM workers WHERE dead AND lease_until < now() - make_interval(days => ${KEPT_DAYS})
     )
     INSERT INTO workers (id, host, pid, build, queues, owner, lease_until)
     VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 ms')`,
    [worker.id, worker.host, worker.pid, worker.build, worker.queues, worker.owner, leaseMs],
  );
}

/**
 * Says that it lives, and for how many runs it has something under way. False when somebody took over from it
 * meanwhile, however long ago its lease was over.
 */
export async function renewLease(
  db: Queryable,
  id: WorkerId,
  leaseMs: number,
  underWay: number,
): Promise<boolean> {
  const renewed = await db.query(
    `UPDATE workers SET lease_until = clock_timestamp() + $2 * interval '1 ms', under_way = $3
     WHERE id = $1 AND NOT dead`,
    [id, leaseMs, underWay],
  );
  return renewed.rowCount === 1;
}

/** It has left: nobody needs to wait until its lease is over. */
export async function removeWorker(db: Queryable, id: WorkerId): Promise<void> {
  await db.query('DELETE FROM workers WHERE id = $1', [id]);
}

/** A worker that counts as living. */
export interface LiveWorker {
  readonly id: WorkerId;
  readonly owner: string;
  readonly queues: readonly string[];
}

/** Workers that nobody took over from, whose lease may be over. */
export async function listLiveWorkers(db: Queryable): Promise<LiveWorker[]> {
  const found = await db.query<LiveWorker>('SELECT id, owner, queues FROM workers WHERE NOT dead');
  return found.rows;
}

/** Takes over from workers whose processes are known to be gone: nobody waits for their leases. */
export async function markWorkersDead(db: Queryable, ids: readonly WorkerId[]): Promise<void> {
  await db.query(
    'UPDATE workers SET dead = true, lease_until = least(lease_until, now()) WHERE id = ANY ($1)',
    [ids],
  );
}
