import type { Logger } from 'pino';
import { UNNOTIFIED_MS, type StoredEvent } from '../../db/event-log.js';
import { messageOf } from '../../contract/errors.js';
import type { RunId } from '../../contract/ids.js';
import { sleepUntilAborted } from '../../shared/async/sleep.js';
import { Batch } from './event-batch.js';
import { CLOSE } from './follower.js';
import type { Follower } from './follower.js';

/** The log of one run. */
export interface RunLog {
  /** At most `limit` events after `after`, in order. */
  read(after: number, limit: number): Promise<StoredEvent[]>;
  /** The newest event's seq; null when the run is not there. */
  last(): Promise<number | null>;
  /** The same, once no event is being appended. */
  settled(): Promise<number | null>;
}

/** At some 300 bytes an event, a page is 60 KB: little memory for a client, and few queries for a backlog. */
const PAGE_EVENTS = 200;

/**
 * Events that come faster than this are sent together. Twenty-five steps a second look continuous, and each step costs
 * a query and a system call for every client.
 */
const STEP_MS = 40;

/** Pause after a failed read: short enough to go on at once, long enough not to burden the database. */
const RETRY_MS = 1_000;

/**
 * Sends one run's events to all clients that follow it. The feed reads new events once and sends them to the live
 * clients. A client that is behind, because it came with an old `after` or is slow, reads pages of its own at its own
 * pace until it has caught up, and no other client waits for it.
 */
export class RunFeed {
  readonly #live = new Set<Follower>();
  readonly #behind = new Set<Follower>();
  readonly #stop = new AbortController();
  /** The seq of the last event that was sent to live clients. */
  #position: number;
  #isReading = false;
  #hasNews = false;
  #isFailing = false;
  /** When the last events were sent, by the process's own clock. */
  #sentAt = -Infinity;
  #settling: NodeJS.Timeout | undefined;

  constructor(
    readonly runId: RunId,
    private readonly runLog: RunLog,
    position: number,
    private readonly log: Logger,
  ) {
    this.#position = position;
  }

  get followers(): number {
    return this.#live.size + this.#behind.size;
  }

  /** How many events the slowest client is behind. */
  get behind(): number {
    return Math.max(0, ...[...this.#behind].map(({ position }) => this.#position - position));
  }

  /** From now on the follower gets every event after its position. */
  join(follower: Follower): void {
    void this.#catchUp(follower);
    // Events committed between the check of the run and this moment woke no feed.
    this.wake();
  }

  leave(follower: Follower): void {
    this.#live.delete(follower);
    this.#behind.delete(follower);
    if (this.followers > 0) return;
    clearTimeout(this.#settling);
    this.#stop.abort();
  }

  /** There may be something new, now and for a while after: the events that follow soon come without a notification. */
  wake(): void {
    this.#startReading();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#settle(), UNNOTIFIED_MS);
  }

  /** Finds the events that came without a notification. Those that are appended from now on come with one. */
  async #settle(): Promise<void> {
    try {
      const last = await this.runLog.settled();
      if (last !== null && last > this.#position) this.#startReading();
    } catch (error) {
      // The next check finds them.
      this.#warn(error);
    }
  }

  #startReading(): void {
    this.#hasNews = true;
    if (!this.#isReading) void this.#readNews();
  }

  /** Checks that the log is still the same one: a run can be cleaned away and its id used again. */
  async check(): Promise<void> {
    const position = this.#position;
    try {
      const last = await this.runLog.last();
      if (last === null || last < position) this.#breakOff('the run was forgotten');
      else if (last > position) this.wake();
    } catch (error) {
      this.#warn(error);
    }
  }

  async #readNews(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#hasNews && this.followers > 0) {
        await this.#untilNextStep();
        this.#hasNews = false;
        const page = await this.#read(this.#position);
        const batch = Batch.of(page);
        // After a full page there is more: go on without waiting for the next step.
        this.#sentAt = page.length === PAGE_EVENTS ? -Infinity : performance.now();
        this.#hasNews ||= page.length === PAGE_EVENTS;
        if (batch !== null) this.#broadcast(batch);
      }
    } catch (error) {
      // The next notification, or the next check, reads again from the same place.
      this.#warn(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Waits until the next step is due; the first event after a silence is sent at once. */
  async #untilNextStep(): Promise<void> {
    const left = this.#sentAt + STEP_MS - performance.now();
    if (left > 0) await sleepUntilAborted(left, this.#stop.signal);
  }

  #broadcast(batch: Batch): void {
    this.#position = batch.last;
    for (const follower of this.#live) {
      if (follower.congested) void this.#catchUp(follower);
      else follower.send(batch);
    }
  }

  /** Sends page after page, never more than one ahead of what the client has read. */
  async #catchUp(follower: Follower): Promise<void> {
    this.#live.delete(follower);
    this.#behind.add(follower);
    while (follower.open && this.#behind.has(follower)) {
      if (follower.position >= this.#position) {
        this.#behind.delete(follower);
        this.#live.add(follower);
        return;
      }
      const page = await this.#nextPage(follower);
      if (page !== null) await follower.sendWhole(page);
    }
  }

  async #nextPage(follower: Follower): Promise<Batch | null> {
    try {
      const page = await this.#read(follower.position);
      if (page.length === 0) follower.close(CLOSE.broken, 'the run was forgotten');
      return Batch.of(page);
    } catch (error) {
      this.#warn(error);
      await sleepUntilAborted(RETRY_MS, this.#stop.signal);
      return null;
    }
  }

  async #read(after: number): Promise<StoredEvent[]> {
    const page = await this.runLog.read(after, PAGE_EVENTS);
    this.#isFailing = false;
    return page;
  }

  #breakOff(reason: string): void {
    for (const follower of [...this.#live, ...this.#behind]) follower.close(CLOSE.broken, reason);
  }

  /** Warns once when reading begins to fail, not at every retry. */
  #warn(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.log.warn({ runId: this.runId }, `Events cannot be read, trying again: ${messageOf(error)}`);
  }
}
