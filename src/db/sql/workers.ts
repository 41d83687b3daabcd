import { z } from 'zod';
import type { WorkerId } from '../../contract/ids.js';
import { workerIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

export interface NewWorker {
  readonly id: WorkerId;
  readonly host: string;
  readonly pid: number;
  readonly build: string;
  readonly queues: readonly string[];
  /** How it runs commands, in a line. */
  readonly sandbox: string;
  /** Why it runs them without a sandbox, and what that means; null in a sandbox. */
  readonly sandboxWarning: string | null;
  /** Its machine, pid and start time, as `ownName()` returns them. */
  readonly owner: string;
}

/** Rows of dead workers are kept this long for troubleshooting. */
const KEPT_DAYS = 7;

export const insertWorker = defineStatement({
  name: 'insert-worker',
  reason: 'atomic',
  why: 'Starts the lease by the clock of the database, which also decides when it expires.',
  text: `WITH swept AS (
      DELETE FROM workers WHERE dead AND lease_until < now() - make_interval(days => ${KEPT_DAYS})
    )
    INSERT INTO workers (id, host, pid, build, queues, owner, sandbox, sandbox_warning, lease_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 ms')`,
  values: (worker: NewWorker, leaseMs: number) => [
    worker.id,
    worker.host,
    worker.pid,
    worker.build,
    worker.queues,
    worker.owner,
    worker.sandbox,
    worker.sandboxWarning,
    leaseMs,
  ],
});

export const renewLease = defineStatement({
  name: 'renew-lease',
  reason: 'atomic',
  why: 'Extends the lease by the clock of the database every two seconds, unless another process took over.',
  text: `UPDATE workers SET lease_until = clock_timestamp() + $2 * interval '1 ms', active_runs = $3
    WHERE id = $1 AND NOT dead RETURNING id`,
  values: (id: WorkerId, leaseMs: number, activeRuns: number) => [id, leaseMs, activeRuns],
  row: { id: workerIdColumn },
});

export const deleteWorker = defineStatement({
  name: 'delete-worker',
  reason: 'hot',
  why: 'Runs on the lease’s own connection while the process ends and has no time to start a client.',
  text: 'DELETE FROM workers WHERE id = $1',
  values: (id: WorkerId) => [id],
});

export const markWorkersDead = defineStatement({
  name: 'mark-workers-dead',
  reason: 'atomic',
  why: 'Ends leases by the clock of the database, and extends none.',
  text: 'UPDATE workers SET dead = true, lease_until = least(lease_until, now()) WHERE id = ANY ($1)',
  values: (ids: readonly WorkerId[]) => [ids],
});

export const selectLiveWorkers = defineStatement({
  name: 'select-live-workers',
  reason: 'hot',
  why: 'Read while a worker starts, with markWorkersDead: a start after a kill should be fast.',
  text: 'SELECT id, owner, queues FROM workers WHERE NOT dead',
  row: { id: workerIdColumn, owner: z.string(), queues: z.array(z.string()) },
});

export const selectServingWorkers = defineStatement({
  name: 'select-serving-workers',
  reason: 'atomic',
  why: 'Compares leases with the clock of the database.',
  text: `SELECT host, pid, queues, sandbox, sandbox_warning AS "sandboxWarning" FROM workers
    WHERE NOT dead AND lease_until > clock_timestamp() ORDER BY started_at, id`,
  row: {
    host: z.string(),
    pid: z.int(),
    queues: z.array(z.string()),
    sandbox: z.string(),
    sandboxWarning: z.string().nullable(),
  },
});
