/** A run's events over the WebSocket, from the last one on, however often the connection breaks. */
import type { ModelDelta } from '../../contract/api.js';
import { backOffMs } from '../../shared/back-off.js';
import type { LeadwrightEvent, SUBPROTOCOL } from '../../contract/contract.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { storedToken } from '../session-token.svelte.js';
import { readMessage } from './socket-message.js';

export interface FollowOptions {
  readonly run: RunId;
  /** The seq of the last event that is known. */
  readonly after: number;
  /** The task whose deltas are wanted besides. */
  readonly task: TaskId | null;
  /** What came since the last frame, in order, each event once. */
  readonly onBatch: (events: readonly LeadwrightEvent[], deltas: readonly ModelDelta[]) => void;
  readonly onOpen: () => void;
  readonly onLost: () => void;
}

export interface Following {
  close(): void;
}

/** SUBPROTOCOL of the contract, whose schemas would come along with it into the page. */
const PROTOCOL: typeof SUBPROTOCOL = 'leadwright.v1';

/** A page that nobody looks at gets no frames; it is to be up to date all the same when somebody does. */
const HIDDEN_BATCH_MS = 250;

export function follow(options: FollowOptions): Following {
  const batches = new Batches(options);
  const closing = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const connect = () => {
    const socket = new WebSocket(addressOf(options, batches.last), [
      PROTOCOL,
      `bearer.${storedToken() ?? ''}`,
    ]);
    const { signal } = closing;
    socket.addEventListener('open', options.onOpen, { signal });
    socket.addEventListener(
      'message',
      ({ data }: MessageEvent<string>) => {
        failures = 0;
        batches.add(data);
      },
      { signal },
    );
    socket.addEventListener(
      'close',
      () => {
        options.onLost();
        retry = setTimeout(connect, backOffMs(failures++));
      },
      { signal },
    );
    signal.addEventListener('abort', () => socket.close());
  };
  connect();
  return {
    close: () => {
      closing.abort();
      clearTimeout(retry);
      batches.close();
    },
  };
}

function addressOf({ run, task }: FollowOptions, after: number): URL {
  const url = new URL('/events', location.origin);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('run', run);
  url.searchParams.set('after', String(after));
  if (task !== null) url.searchParams.set('deltas', task);
  return url;
}

/** Gathers what comes between two frames: sixty events a second then cost one change of the page each, or less. */
class Batches {
  #last: number;
  #events: LeadwrightEvent[] = [];
  #deltas: ModelDelta[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;

  constructor(private readonly options: FollowOptions) {
    this.#last = options.after;
  }

  /** The seq of the last event that came. */
  get last(): number {
    return this.#last;
  }

  add(text: string): void {
    const message = readMessage(text);
    if (message === null) return;
    if (message.kind === 'delta') {
      this.#deltas.push(message.delta);
    } else {
      if (message.event.seq <= this.#last) return;
      this.#last = message.event.seq;
      this.#events.push(message.event);
    }
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #schedule(): void {
    if (this.#frame !== undefined || this.#timer !== undefined) return;
    if (document.hidden) this.#timer = setTimeout(() => this.#deliver(), HIDDEN_BATCH_MS);
    else this.#frame = requestAnimationFrame(() => this.#deliver());
  }

  #deliver(): void {
    this.#timer = undefined;
    this.#frame = undefined;
    const events = this.#events;
    const deltas = this.#deltas;
    this.#events = [];
    this.#deltas = [];
    this.options.onBatch(events, deltas);
  }
}
