import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerLease } from '../activities/support/activity-context.js';
import type { Queryable } from '../db/event-log.js';
import { addWorker, endLease, renewLease, type NewWorker } from '../db/workers.js';
import { workerId, type WorkerId } from '../contract/ids.js';
import { packageVersion } from '../shared/files/package-root.js';
import { ownName } from '../shared/process/owner.js';

/**
 * A killed worker counts as dead after this time. With the time until another worker sees that (take-over.ts), its work
 * goes on within fifteen seconds.
 */
const LEASE_MS = 8_000;

/** Four renewals per lease: three of them may be late or fail. */
const RENEWAL_MS = 2_000;

/** The timeout of a renewal. After a silently broken connection, it leaves time for a renewal on a new one. */
export const RENEWAL_LIMIT_MS = 3_000;

/** Keeps this process's lease. If another worker has taken over, the process continues as a new worker. */
export class Lease implements WorkerLease {
  /**
   * When the last successful renewal was requested, by two clocks: one of them stops while the machine is suspended.
   */
  private renewed = readClocks();
  /** Since when the database could be reached, as far as this process knows. */
  private steadySince: Clocks;
  private renewing: Promise<void> | null = null;
  /** How often a renewal came only after the lease's end: this process slept, or could not reach the database. */
  lapses = 0;
  /** Whether the last renewal reported running activities; it may still be in progress. */
  private reportedBusy = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly db: Queryable,
    private worker: NewWorker,
    private readonly countRunning: () => number,
    private readonly leaseMs: number,
    databaseMs: number,
  ) {
    this.steadySince = clocksBefore(databaseMs);
    this.timer = setInterval(() => void this.renew(), Math.min(RENEWAL_MS, leaseMs / 4));
    // The lease alone must not keep the process alive.
    this.timer.unref();
  }

  /**
   * Registers the worker with a new lease.
   * @param db should use its own connection: a renewal must not queue behind the worker's other statements
   * @param serving what the worker serves, and how it runs commands
   * @param countRunning counts the runs with running activities in this process
   * @param leaseMs the lease's length in milliseconds
   */
  static async take(
    db: Queryable,
    serving: Serving,
    countRunning: () => number,
    leaseMs = LEASE_MS,
  ): Promise<Lease> {
    const worker = newWorker(serving);
    const databaseMs = await addWorker(db, worker, leaseMs);
    return new Lease(db, worker, countRunning, leaseMs, databaseMs);
  }

  get id(): WorkerId {
    return this.worker.id;
  }

  holds(): boolean {
    return elapsedMs(this.renewed) < this.leaseMs;
  }

  /**
   * Whether the others could renew their leases too, so that an expired one means that its worker is dead. Not at first
   * after an outage of the database, or its restart: all leases may have expired. Nor while the own renewal is overdue, as
   * it is just after an outage: the leases of others end up to a renewal's interval before the own one.
   */
  isSteady(): boolean {
    return !this.isOverdue() && elapsedMs(this.steadySince) >= this.leaseMs;
  }

  /** Whether a renewal failed or came late. */
  private isOverdue(): boolean {
    return elapsedMs(this.renewed) > this.leaseMs / 2;
  }

  /**
   * Renews the lease; one renewal at a time. Failures are ignored: while the database is unreachable, no other worker
   * can take over either.
   */
  renew(): Promise<void> {
    this.renewing ??= this.renewOnce()
      .catch(() => undefined)
      .finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renewOnce(): Promise<void> {
    const requestedAt = readClocks();
    const running = this.countRunning();
    this.reportedBusy = running > 0;
    if (!(await renewLease(this.db, this.worker.id, this.leaseMs, running))) {
      const next = newWorker(this.worker);
      await addWorker(this.db, next, this.leaseMs);
      this.worker = next;
    }
    if (!this.holds()) this.lapses += 1;
    if (this.isOverdue()) this.steadySince = readClocks();
    this.renewed = requestedAt;
  }

  /** Reports at once that nothing is running: the local stack keeps running while it believes that something is. */
  async reportIdle(): Promise<void> {
    if (!this.reportedBusy) return;
    await this.renewing;
    await this.renew();
  }

  /** Gives the lease up after all work has ended, so that others can take over at once. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    // If this fails, the worker counts as dead when the lease ends.
    await endLease(this.db, this.worker.id).catch(() => undefined);
  }
}

/** What a worker serves, and how. It stays the same when the worker gets a new id. */
type Serving = Pick<NewWorker, 'queues' | 'sandbox' | 'sandboxWarning'>;

function newWorker({ queues, sandbox, sandboxWarning }: Serving): NewWorker {
  return {
    id: workerId(randomUUID()),
    host: hostname(),
    pid: process.pid,
    build: packageVersion(),
    queues,
    sandbox,
    sandboxWarning,
    owner: ownName(),
  };
}

interface Clocks {
  readonly steady: number;
  readonly wall: number;
}

function readClocks(): Clocks {
  return clocksBefore(0);
}

/** What the clocks showed so many milliseconds ago. */
function clocksBefore(ms: number): Clocks {
  return { steady: performance.now() - ms, wall: Date.now() - ms };
}

/** The time since then, by the clock that shows more. */
function elapsedMs({ steady, wall }: Clocks): number {
  return Math.max(performance.now() - steady, Date.now() - wall);
}
