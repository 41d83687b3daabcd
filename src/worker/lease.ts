import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerLease } from '../activities/activity-context.js';
import type { Queryable } from '../db/event-log.js';
import { addWorker, removeWorker, renewLease, type NewWorker } from '../db/workers.js';
import { workerId, type WorkerId } from '../contract/ids.js';
import { packageVersion } from '../shared/package-root.js';
import { ownName } from '../shared/owner.js';

/**
 * A worker that is killed is found dead after this time. Under the heartbeat timeout of ten seconds: the retry
 * that Temporal starts after a kill never waits for the lease as well.
 */
export const LEASE_MS = 8_000;

/** Four tries in a lease: three of them may be late or fail. */
const RENEWAL_MS = 2_000;

/** A renewal on a connection that broke without a word is given up in time for another one, on a new connection. */
export const RENEWAL_LIMIT_MS = 3_000;

/** Keeps this process's lease; when somebody took over, it goes on as a new worker. */
export class Lease implements WorkerLease {
  /** When the last renewal that succeeded was asked for, by both clocks: a suspended machine stops one of them. */
  private renewed = readClocks();
  private renewing: Promise<void> | null = null;
  /** Whether the row says, or a renewal just says, that something is under way. */
  private reportedBusy = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly db: Queryable,
    private worker: NewWorker,
    private readonly countRunning: () => number,
    private readonly leaseMs: number,
  ) {
    this.timer = setInterval(() => void this.renew(), Math.min(RENEWAL_MS, leaseMs / 4));
    // What the worker does keeps the process alive, not its lease.
    this.timer.unref();
  }

  /**
   * @param db should be a connection of its own: a renewal must not queue behind the work that it is for
   * @param underWay for how many runs the process has something under way
   */
  static async take(
    db: Queryable,
    queues: readonly string[],
    underWay: () => number,
    leaseMs = LEASE_MS,
  ): Promise<Lease> {
    const worker = newWorker(queues);
    await addWorker(db, worker, leaseMs);
    return new Lease(db, worker, underWay, leaseMs);
  }

  get id(): WorkerId {
    return this.worker.id;
  }

  holds(): boolean {
    return elapsedMs(this.renewed) < this.leaseMs;
  }

  /** One at a time. A database that is away takes nobody's lease: nobody can take over meanwhile either. */
  renew(): Promise<void> {
    this.renewing ??= this.renewOnce()
      .catch(() => undefined)
      .finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renewOnce(): Promise<void> {
    const asked = readClocks();
    const underWay = this.countRunning();
    this.reportedBusy = underWay > 0;
    if (!(await renewLease(this.db, this.worker.id, this.leaseMs, underWay))) {
      const next = newWorker(this.worker.queues);
      await addWorker(this.db, next, this.leaseMs);
      this.worker = next;
    }
    this.renewed = asked;
  }

  /** Nothing is under way any more. Said at once: a stack stays for what it believes to be under way. */
  async reportIdle(): Promise<void> {
    if (!this.reportedBusy) return;
    await this.renewing;
    await this.renew();
  }

  /** When all its work has ended: others take over at once. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    // A row that stays is taken for dead when its lease is over.
    await removeWorker(this.db, this.worker.id).catch(() => undefined);
  }
}

function newWorker(queues: readonly string[]): NewWorker {
  return {
    id: workerId(randomUUID()),
    host: hostname(),
    pid: process.pid,
    build: packageVersion(),
    queues,
    owner: ownName(),
  };
}

interface Clocks {
  readonly steady: number;
  readonly wall: number;
}

function readClocks(): Clocks {
  return { steady: performance.now(), wall: Date.now() };
}

/** The longer of what the two clocks say. */
function elapsedMs({ steady, wall }: Clocks): number {
  return Math.max(performance.now() - steady, Date.now() - wall);
}
