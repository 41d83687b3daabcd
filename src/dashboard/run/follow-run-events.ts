/** Follows a run's events over the WebSocket. Reconnects when the connection breaks, and goes on after the last event. */
import type { ModelDelta } from '../../contract/api.js';
import { backOffMs } from '../../shared/async/back-off.js';
import { bearerProtocol } from '../../shared/network/bearer-protocol.js';
import type { LeadwrightEvent, SUBPROTOCOL } from '../../contract/events.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { storedToken } from '../session-token.svelte.js';
import { readMessage } from './socket-message.js';

export interface FollowOptions {
  readonly run: RunId;
  /** The seq of the last event that is known. */
  readonly after: number;
  /** The task whose live text is wanted too. */
  readonly task: TaskId | null;
  /** Called with everything since the last frame, in order, each event once. */
  readonly onBatch: (events: readonly LeadwrightEvent[], deltas: readonly ModelDelta[]) => void;
  readonly onOpen: () => void;
  readonly onLost: () => void;
}

export interface Following {
  close(): void;
}

/** The contract's SUBPROTOCOL, repeated here because importing it would bring the contract's schemas into the page. */
const PROTOCOL: typeof SUBPROTOCOL = 'leadwright.v1';

/** A hidden page gets no animation frames; it must still be up to date when somebody looks at it again. */
const HIDDEN_BATCH_MS = 250;

export function follow(options: FollowOptions): Following {
  const batches = new Batches(options);
  const closing = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const connect = () => {
    const socket = new WebSocket(addressOf(options, batches.last), [
      PROTOCOL,
      bearerProtocol(storedToken() ?? ''),
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

/** Collects the messages between two frames, so that the page changes at most once a frame. */
class Batches {
  #last: number;
  #events: LeadwrightEvent[] = [];
  #deltas: ModelDelta[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame: number | undefined;

  constructor(private readonly options: FollowOptions) {
    this.#last = options.after;
  }

  /** The seq of the last event received. */
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
