import { on } from 'node:events';
import type { WebSocket } from 'ws';
import { backOffMs } from '../shared/back-off.js';
import { DELTAS_PATH, MAX_DELTAS_BYTES, watchMessage, type DeltaMessage } from '../contract/live-text.js';
import { messageOf } from '../contract/errors.js';
import { pause } from '../shared/pause.js';
import { dial, opened, Refused, textOf, watchSilence } from '../shared/websocket.js';
import { DeltaHub } from './live-text-hub.js';

/** Where the notifier is, and what opens its door. */
export interface NotifierPlace {
  /** Its base URL; null while nobody knows. Asked before every connection: a notifier may come back elsewhere. */
  readonly locate: () => Promise<string | null>;
  readonly token: string;
}

/** Some seconds of what a busy worker says: who takes less gets the rest from the record. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** A door that stays shut is a matter of settings, which no haste mends; and a notifier counts who is refused. */
const REFUSED_MS = 60_000;

/** Takes what a worker hears to the notifier, and comes back for ever when that breaks. Nothing ever waits for it. */
export class DeltaLink {
  readonly hub = new DeltaHub((message) => this.#say(message));
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #socket: WebSocket | undefined;

  constructor(
    private readonly place: NotifierPlace,
    private readonly warn: (message: string) => void,
  ) {
    this.#ended = this.#keepLinked();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#socket?.terminate();
    await this.#ended;
  }

  #say(message: DeltaMessage): void {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount > MOST_WAITING_BYTES) return;
    const text = JSON.stringify(message);
    if (Buffer.byteLength(text) <= MAX_DELTAS_BYTES) socket.send(text);
  }

  async #keepLinked(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures += 1) {
      let rest = backOffMs(failures);
      try {
        const url = await this.place.locate();
        if (url !== null) {
          await this.#linkOnce(url, () => {
            failures = 0;
          });
        }
      } catch (error) {
        // Away: it comes back, or there is none. Nothing depends on it.
        if (error instanceof Refused && error.status < 500) {
          this.warn(`Nobody can watch answers as they come: ${messageOf(error)}. Check LEADWRIGHT_TOKEN.`);
          rest = REFUSED_MS;
        }
      }
      await pause(rest, signal);
    }
  }

  /** Until the connection is over. */
  async #linkOnce(url: string, linked: () => void): Promise<void> {
    const socket = dial(new URL(DELTAS_PATH, url), this.place.token, MAX_DELTAS_BYTES);
    const stopWatching = watchSilence(socket);
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', { close: ['close'] });
    try {
      await opened(socket);
      this.#stop.signal.throwIfAborted();
      this.#socket = socket;
      linked();
      for await (const [data] of messages) this.hub.hear(watchMessage.parse(JSON.parse(textOf(data))));
    } finally {
      this.#socket = undefined;
      this.hub.nobodyWatches();
      stopWatching();
      socket.terminate();
    }
  }
}
