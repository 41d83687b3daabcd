/** One run as it is now: a snapshot, and the events after it. */
import type { ModelDelta } from '../../contract/api.js';
import type { LeadwrightEvent } from '../../contract/contract.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { api, Away, Refused } from '../api-client.js';
import { addDelta, type PartialTurn } from '../task/partial-turn.js';
import { follow, type Following } from './follow-run-events.js';
import { hasEnded } from '../../contract/run-status.js';
import { applyAll, takeSnapshot, type RunState } from './run-state.js';

/** How far what is shown can be trusted. */
export type Connection =
  | { readonly kind: 'opening' | 'live' }
  /** Since when, in milliseconds since 1970. */
  | { readonly kind: 'behind'; readonly since: number };

/**
 * What no event tells (the budget, what is reserved, the limit of tasks at once) is read again this often while
 * events come; it also notices a connection that died without a word.
 */
const REFRESH_MS = 5_000;
/** From this status on the fault is the server's (RFC 9110), and may pass. */
const SERVER_ERROR = 500;

export class LiveRun {
  state = $state.raw<RunState | null>(null);
  connection = $state.raw<Connection>({ kind: 'opening' });
  /** Why there is nothing to show; empty when there is. */
  problem = $state('');
  /** What the model is saying to the watched task just now. */
  partial = $state.raw<PartialTurn | null>(null);
  /** Counts the batches of events: who shows what no event tells in full reads it again. */
  news = $state(0);
  /** The events of the newest batch. */
  batch = $state.raw<readonly LeadwrightEvent[]>([]);

  #following: Following | null = null;
  #watched: TaskId | null = null;
  /** Whether the connection stands. */
  #isOpen = false;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The newest seq that the last look knew of. */
  #seenAtLastRefresh = -1;

  constructor(readonly run: RunId) {
    void this.#keepFresh();
  }

  /** From now on what the model says to that task comes too. */
  watch(task: TaskId | null): void {
    if (this.#watched === task) return;
    this.#watched = task;
    this.partial = null;
    if (this.#following !== null) this.#follow();
  }

  /** Reads it anew: after something was asked for that no event tells of. */
  async refresh(): Promise<void> {
    try {
      // At once, for the first view waits for both; a question asked between them is there with the next look.
      const [graph, blockers] = await Promise.all([api.graph(this.run), api.blockers(this.run)]);
      if (this.#isClosed) return;
      const had = this.state?.graph.lastSeq ?? graph.lastSeq;
      this.state = takeSnapshot(this.state, graph, blockers);
      this.problem = '';
      // Nothing came over the connection since the last look, and yet there was something: it is dead.
      if (graph.lastSeq > had && had === this.#seenAtLastRefresh) this.#follow();
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

  #follow(): void {
    this.#following?.close();
    this.#isOpen = false;
    this.#following = follow({
      run: this.run,
      after: this.state?.graph.lastSeq ?? 0,
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
    // Connected is not yet up to date: a look at what there is says so.
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
    // Its database is away: what comes over the connection is not all that there is.
    if (error instanceof Away || error.status >= SERVER_ERROR) this.#fallBehind();
    if (this.state === null) this.problem = error.message;
  }

  /** Whether anything can still happen to it. */
  get isOver(): boolean {
    return this.state !== null && hasEnded(this.state.graph.status);
  }
}
