/** The current state of one run: a snapshot, and the events after it. */
import type { ModelDelta } from '../../contract/api.js';
import type { LeadwrightEvent } from '../../contract/events.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { api, Away, Refused } from '../api-client.js';
import { addDelta, type PartialTurn } from '../task/partial-turn.js';
import { follow, type Following } from './follow-run-events.js';
import { hasEnded } from '../../contract/run-status.js';
import { applyAll, takeSnapshot, type RunState } from './run-state.js';

/** Whether the page is up to date. */
export type Connection =
  | { readonly kind: 'opening' | 'live' }
  /** Since when, in milliseconds since 1970. */
  | { readonly kind: 'behind'; readonly since: number };

/**
 * No event carries the budget, the reserved amount or the concurrency limit, so the snapshot is read again this often.
 * That also detects a connection that died without being closed.
 */
const REFRESH_MS = 5_000;
/** From this status on the fault is the server's (RFC 9110) and may pass. */
const SERVER_ERROR = 500;
const NOT_FOUND = 404;

export class LiveRun {
  state = $state.raw<RunState | null>(null);
  connection = $state.raw<Connection>({ kind: 'opening' });
  /** Why there is nothing to show; empty when there is. */
  problem = $state('');
  /** There is no run of this id. */
  isUnknown = $state(false);
  /** The live text of the watched task. */
  partial = $state.raw<PartialTurn | null>(null);
  /** Counts the batches of events: a view that shows more than events carry reads its data again when this changes. */
  news = $state(0);
  /** The events of the newest batch. */
  batch = $state.raw<readonly LeadwrightEvent[]>([]);

  #following: Following | null = null;
  #watched: TaskId | null = null;
  /** Whether the connection is open. */
  #isOpen = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest seq at the last refresh. */
  #seenAtLastRefresh = -1;
  /** Counts the requests for a snapshot. */
  #requests = 0;

  constructor(readonly run: RunId) {
    void this.#keepFresh();
  }

  /** Receives the live text of that task from now on. */
  watch(task: TaskId | null): void {
    if (this.#watched === task) return;
    this.#watched = task;
    this.partial = null;
    if (this.#following !== null) this.#follow();
  }

  /** Reads the snapshot again: also after an action whose effect no event carries. */
  async refresh(): Promise<void> {
    const request = ++this.#requests;
    try {
      // Both at once, because the first view waits for both; a blocker raised between them shows up at the next refresh.
      const [graph, blockers] = await Promise.all([api.graph(this.run), api.blockers(this.run)]);
      if (this.#isClosed) return;
      const had = this.state?.graph.lastSeq ?? graph.lastSeq;
      this.state = takeSnapshot(this.state, { graph, blockers, request });
      this.problem = '';
      this.isUnknown = false;
      // There were events since the last refresh, but none came over the connection: it is dead. They come again over
      // the next one, for the views that show more than the snapshot.
      if (graph.lastSeq > had && had === this.#seenAtLastRefresh) this.#follow(had);
      else if (this.connection.kind === 'behind' && this.#isOpen) this.connection = { kind: 'live' };
      this.#seenAtLastRefresh = graph.lastSeq;
    } catch (error) {
      this.#failed(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#following?.close();
  }

  async #keepFresh(): Promise<void> {
    await this.refresh();
    if (this.#isClosed) return;
    if (this.state !== null && this.#following === null) this.#follow();
    this.#timer = setTimeout(() => void this.#keepFresh(), REFRESH_MS);
  }

  /** @param after the seq of the last event that the views know */
  #follow(after = this.state?.graph.lastSeq ?? 0): void {
    this.#following?.close();
    this.#isOpen = false;
    this.#following = follow({
      run: this.run,
      after,
      task: this.#watched,
      onBatch: (events, deltas) => this.#take(events, deltas),
      onOpen: () => this.#opened(),
      onLost: () => this.#lost(),
    });
  }

  #take(events: readonly LeadwrightEvent[], deltas: readonly ModelDelta[]): void {
    if (this.state !== null && events.length > 0) {
      this.state = applyAll(this.state, events);
      this.batch = events;
      this.news += 1;
    }
    if (deltas.length > 0) this.partial = deltas.reduce(addDelta, this.partial);
  }

  #opened(): void {
    this.#isOpen = true;
    // An open connection is not yet up to date: only a refresh shows that.
    if (this.connection.kind === 'behind') void this.refresh();
    else this.connection = { kind: 'live' };
  }

  #lost(): void {
    this.#isOpen = false;
    this.#fallBehind();
  }

  #fallBehind(): void {
    if (this.connection.kind !== 'behind') this.connection = { kind: 'behind', since: Date.now() };
  }

  #failed(error: unknown): void {
    if (!(error instanceof Away || error instanceof Refused)) throw error;
    // Away, or without its database: events may be missing.
    if (error instanceof Away || error.status >= SERVER_ERROR) this.#fallBehind();
    this.isUnknown = error instanceof Refused && error.status === NOT_FOUND;
    if (this.isUnknown) this.#forget();
    if (this.state === null) this.problem = error.message;
  }

  /** For a run that may have been shown before it was deleted: its connection would be tried again for ever. */
  #forget(): void {
    this.#following?.close();
    this.#following = null;
    this.state = null;
  }

  /** Whether the run has ended. */
  get isOver(): boolean {
    return this.state !== null && hasEnded(this.state.graph.status);
  }
}
