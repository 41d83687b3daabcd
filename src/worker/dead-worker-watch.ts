/** Finds dead workers, and takes over from them (take-over.ts). Every worker process watches the others. */
import type { WorkerId } from '../contract/ids.js';
import type { Queryable } from '../db/event-log.js';
import { listLeasedWorkers, listUnrelievedWorkers, relieveWorkers } from '../db/workers.js';
import { messageOf } from '../contract/errors.js';
import { ownerState } from '../shared/process/owner.js';
import { endAbandonedActivities, servesWorkflows, type TakeOverConnection } from './take-over.js';

/** A dead worker is found within this time of the end of its lease. Each look is one statement on a table of few rows. */
const LOOK_MS = 2_000;

/**
 * Milliseconds from a worker's death being found to the passes over the open workflows. The first one finds what it had
 * taken. The server may give tasks to the open requests of a machine that lost its power, until it gives up the connection
 * after about a minute; the later ones find these. A worker whose own lease has lapsed makes them too: it slept, and tasks may
 * have been lost on their way to it.
 */
const PASSES_MS = [0, 4_000, 20_000, 60_000];

/** The lease of the process that watches. */
export interface Watcher {
  readonly id: WorkerId;
  /** How often the lease was renewed only after its end. */
  readonly lapses: number;
  holds(): boolean;
  isSteady(): boolean;
  renew(): Promise<void>;
}

export interface WatchLog {
  info(message: string, meta?: Record<string, unknown>): void;
  warn(message: string, meta?: Record<string, unknown>): void;
}

export class DeadWorkerWatch {
  /** When the passes are due that are still to be made, by the steady clock. */
  private passes: number[] = [];
  private resetsSticky = false;
  /** The own lease's lapses until the last look. */
  private lapses: number;
  /** Whether the last look failed: it may have relieved workers without learning which. */
  private hasFailed = false;
  private looking: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly connection: TakeOverConnection,
    private readonly lease: Watcher,
    private readonly log: WatchLog,
  ) {
    this.lapses = lease.lapses;
    this.looking = this.lookAndRepeat();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private async lookAndRepeat(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.hasFailed = true;
      // The database or Temporal is unavailable: the next look repeats what is due.
      this.log.warn('could not take over from dead workers yet', { error: messageOf(error) });
    }
    if (this.closed) return;
    this.timer = setTimeout(() => {
      this.looking = this.lookAndRepeat();
    }, this.nextLookMs());
    // The watch alone must not keep the process alive.
    this.timer.unref();
  }

  /** Milliseconds until the next look, or until the next pass if that is due earlier. */
  private nextLookMs(): number {
    const [due = Infinity] = this.passes;
    const untilPass = due - performance.now();
    // One that is overdue could not be made: the next look tries again.
    return untilPass > 0 ? Math.min(LOOK_MS, untilPass) : LOOK_MS;
  }

  private async look(): Promise<void> {
    const relieved = await relieveDeadWorkers(this.connection.db.pool, this.lease);
    // After a sleep, the look and the renewal are due at once: the lapse is to count in this look, not in the next.
    if (!this.lease.holds()) await this.lease.renew();
    const hasLapsed = this.lease.lapses !== this.lapses;
    this.lapses = this.lease.lapses;
    if (relieved.length > 0 || hasLapsed || this.hasFailed) {
      this.hasFailed = false;
      const found = performance.now();
      this.passes = PASSES_MS.map((after) => found + after);
      this.resetsSticky ||= relieved.some(servesWorkflows) && (await this.isAlone());
    }
    const due = this.passes.filter((at) => at <= performance.now());
    if (due.length === 0) return;
    const activities = await endAbandonedActivities(this.connection, this.resetsSticky);
    // That pass may have begun before this death was found: the next look makes this one.
    if (activities === null) return;
    this.resetsSticky = false;
    this.passes = this.passes.slice(due.length);
    if (activities > 0) this.log.info('took over the activities of dead workers', { activities });
  }

  /** Whether no other worker has workflows in memory. Theirs would have to be replayed. */
  private async isAlone(): Promise<boolean> {
    const living = await listLeasedWorkers(this.connection.db.pool);
    return living.every(({ id, queues }) => id === this.lease.id || !servesWorkflows(queues));
  }
}

/**
 * Declares workers dead whose processes have ended on this machine or whose leases have expired, and relieves them.
 * @returns the queues of each relieved worker
 */
export async function relieveDeadWorkers(
  db: Queryable,
  watcher: Pick<Watcher, 'id' | 'isSteady'>,
): Promise<readonly (readonly string[])[]> {
  const others = await listUnrelievedWorkers(db, watcher.id);
  const ended = others.filter(({ owner }) => ownerState(owner) === 'dead');
  const found = others.filter(
    (other) => other.dead || ended.includes(other) || (other.expired && watcher.isSteady()),
  );
  if (found.length === 0) return [];
  const ids = (workers: typeof others) => workers.map(({ id }) => id);
  return relieveWorkers(db, ids(found), ids(ended));
}
