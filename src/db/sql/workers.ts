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
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 ms')
    RETURNING extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 AS "upMs"`,
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
  /** How long the database has been running. */
  row: { upMs: z.number() },
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

export const endLease = defineStatement({
  name: 'end-lease',
  reason: 'hot',
  why: 'Runs on the lease’s own connection while the process ends and has no time to start a client.',
  // In the past, although the column rounds it to milliseconds.
  text: `UPDATE workers SET dead = true, active_runs = 0, lease_until = least(lease_until, now() - interval '1 ms')
    WHERE id = $1`,
  values: (id: WorkerId) => [id],
});

export const selectUnrelievedWorkers = defineStatement({
  name: 'select-unrelieved-workers',
  reason: 'atomic',
  why: 'Compares leases with the clock of the database, every two seconds in each worker.',
  text: `SELECT id, owner, dead, lease_until < clock_timestamp() AS expired FROM workers
    WHERE NOT relieved AND id <> $1`,
  values: (self: WorkerId) => [self],
  row: { id: workerIdColumn, owner: z.string(), dead: z.boolean(), expired: z.boolean() },
});

export const relieveWorkers = defineStatement({
  name: 'relieve-workers',
  reason: 'atomic',
  why: 'Ends leases by the clock of the database and extends none. Of several workers, one relieves a dead one.',
  text: `UPDATE workers SET dead = true, relieved = true, lease_until = least(lease_until, now())
    WHERE id = ANY ($1) AND NOT relieved AND (dead OR id = ANY ($2) OR lease_until < clock_timestamp())
    RETURNING queues`,
  values: (ids: readonly WorkerId[], ended: readonly WorkerId[]) => [ids, ended],
  row: { queues: z.array(z.string()) },
});

/** The advisory lock of a pass over the open workflows (src/worker/take-over.ts). Any number that nothing else uses. */
const PASS_LOCK = 4_217_309;

/**
 * After this time the database ends the transaction of a worker that is silent in its pass: its machine may be gone. A pass
 * takes some seconds for ten thousand tasks.
 */
const LONGEST_PASS = '60s';

export const tryPassLock = defineStatement({
  name: 'try-pass-lock',
  reason: 'inexpressible',
  why: 'Takes the lock until the end of the transaction, if it is free.',
  text: `SELECT pg_try_advisory_xact_lock(${PASS_LOCK}) AS free,
    set_config('idle_in_transaction_session_timeout', '${LONGEST_PASS}', true)`,
  row: { free: z.boolean(), set_config: z.string() },
});

export const selectDeadOwners = defineStatement({
  name: 'select-dead-owners',
  reason: 'hot',
  why: 'Read while the work of a dead worker waits.',
  // A process that was suspended beyond its lease goes on as a new worker.
  text: `SELECT DISTINCT owner FROM workers WHERE dead
    AND owner NOT IN (SELECT owner FROM workers WHERE NOT dead)`,
  row: { owner: z.string() },
});

export const selectLiveWorkers = defineStatement({
  name: 'select-live-workers',
  reason: 'hot',
  why: 'Read while the work of a dead worker waits.',
  text: 'SELECT id, queues FROM workers WHERE NOT dead',
  row: { id: workerIdColumn, queues: z.array(z.string()) },
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
