import type pg from 'pg';
import type { Logger } from 'pino';
import { readLastSeq, readEvents, readSettledSeq } from '../../db/event-log.js';
import type { RunId } from '../../contract/ids.js';
import type { Follower } from './follower.js';
import { RunFeed } from './run-feed.js';
import type { Wakeable } from '../../db/listen-notify.js';

/** The feeds of all runs that are followed now: one for each run, however many clients follow it. */
export class Feeds implements Wakeable {
  readonly #feeds = new Map<string, RunFeed>();

  constructor(
    private readonly pool: pg.Pool,
    private readonly log: Logger,
  ) {}

  /** `last` is the seq of the run's newest event, as it was just read. */
  join(runId: RunId, last: number, follower: Follower): void {
    const feed = this.#feeds.get(runId) ?? this.#open(runId, last);
    feed.join(follower);
  }

  leave(runId: RunId, follower: Follower): void {
    const feed = this.#feeds.get(runId);
    if (feed === undefined) return;
    feed.leave(follower);
    if (feed.followers === 0) this.#feeds.delete(runId);
  }

  /** How many events the slowest client is behind. */
  get behind(): number {
    return Math.max(0, ...[...this.#feeds.values()].map((feed) => feed.behind));
  }

  wake(run: string): void {
    this.#feeds.get(run)?.wake();
  }

  wakeAll(): void {
    for (const feed of this.#feeds.values()) feed.wake();
  }

  /** Finds events whose notification was lost. */
  async check(): Promise<void> {
    await Promise.all([...this.#feeds.values()].map((feed) => feed.check()));
  }

  #open(runId: RunId, last: number): RunFeed {
    const runLog = {
      read: (after: number, limit: number) => readEvents(this.pool, runId, after, limit),
      last: () => readLastSeq(this.pool, runId),
      settled: () => readSettledSeq(this.pool, runId),
    };
    const feed = new RunFeed(runId, runLog, last, this.log);
    this.#feeds.set(runId, feed);
    return feed;
  }
}
