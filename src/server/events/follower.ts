import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Batch } from './event-batch.js';

/** Why a client is disconnected, as WebSocket close codes. */
export const CLOSE = {
  /** The server is ending; reconnect with `after`. */
  goingAway: 1001,
  /** The client sends far more than a listener needs to. */
  policy: 1008,
  /** The log cannot be followed any further: the run was forgotten, or a newer version writes it. */
  broken: 1011,
  /** The client reads too slowly; reconnect with `after`. */
  tooSlow: 1013,
  /** The client did not answer a ping. */
  silent: 4000,
} as const;
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

export interface FollowerLimits {
  /** With this many bytes waiting in our memory a client no longer gets live events, and catches up at its own pace. */
  readonly congestedBytes: number;
  /** How long a congested client may take to empty its buffer, in milliseconds. */
  readonly stallMs: number;
}

/** A close frame cannot overtake what is already buffered; a client that reads nothing never sees it. */
export const CLOSE_GRACE_MS = 2_000;

/** With this many bytes waiting, live text is dropped: a second of a fast model's words, far less than events may use. */
const EPHEMERAL_BYTES = 64 * 1024;

/** A listener has nothing to send but pongs; this many frames between two pings are ignored. */
const IGNORED_MESSAGES = 64;

const NO_BYTES = Buffer.alloc(0);

/** One client's WebSocket: sends events in order, knows how far the client is, and disconnects one that is too slow. */
export class Follower {
  #position: number;
  #answered = true;
  #received = 0;

  /** `after` is the seq of the last event that the client has. */
  constructor(
    private readonly socket: WebSocket,
    /** The WebSocket's own socket. Encoded frames are written to it; without compression none can overtake another. */
    private readonly wire: Writable,
    after: number,
    private readonly limits: FollowerLimits,
    private readonly dropped: () => void,
  ) {
    this.#position = after;
    socket.on('pong', () => {
      this.#answered = true;
      // Pongs may come unasked, and a flood of them costs as much as one of messages.
      this.#countMessage();
    });
    socket.on('message', () => this.#countMessage());
    // Each ping is answered, and the answer stays in our memory if the client does not read.
    socket.on('ping', () => this.#countMessage());
    // A protocol error closes the socket; there is nobody to tell.
    socket.on('error', () => undefined);
  }

  /** The seq of the last event sent. */
  get position(): number {
    return this.#position;
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether more is waiting to be sent than piles up for a client that reads. */
  get congested(): boolean {
    return this.socket.bufferedAmount > this.limits.congestedBytes;
  }

  /** Sends the events that the client does not have yet. */
  send(batch: Batch): void {
    const bytes = this.#take(batch);
    if (bytes.length > 0) this.wire.write(bytes);
  }

  /** Sends a message that may be lost: a slow client does not get it. */
  sendEphemeral(bytes: Buffer): void {
    if (this.open && this.socket.bufferedAmount < EPHEMERAL_BYTES) this.socket.send(bytes, { binary: false });
  }

  /** Sends like `send`; resolves once the bytes have left our memory, or the client is gone. Drops a client that stalls. */
  async sendWhole(batch: Batch): Promise<void> {
    const bytes = this.#take(batch);
    if (bytes.length === 0) return;
    await new Promise<void>((resolve) => {
      const stalled = setTimeout(() => {
        this.drop(CLOSE.tooSlow, 'too slow: come back with after');
        resolve();
      }, this.limits.stallMs);
      this.wire.write(bytes, () => {
        clearTimeout(stalled);
        resolve();
      });
    });
  }

  #take(batch: Batch): Buffer {
    if (!this.open) return NO_BYTES;
    const bytes = batch.after(this.#position);
    this.#position = Math.max(this.#position, batch.last);
    return bytes;
  }

  /** Drops a client that did not answer the last ping, and pings the others. */
  ping(): void {
    if (!this.#answered) {
      this.drop(CLOSE.silent, 'no answer to a ping');
      return;
    }
    this.#answered = false;
    this.#received = 0;
    if (this.open) this.socket.ping();
  }

  /** Disconnects for the client's own fault, and counts it. */
  drop(code: CloseCode, reason: string): void {
    if (!this.open) return;
    this.dropped();
    this.close(code, reason);
  }

  /** Closes with a reason; a client that does not read it is cut off soon after. */
  close(code: CloseCode, reason: string): void {
    const cutOff = setTimeout(() => this.socket.terminate(), CLOSE_GRACE_MS);
    this.socket.once('close', () => clearTimeout(cutOff));
    this.socket.close(code, reason);
  }

  /** Resolves when the connection is gone. */
  async gone(): Promise<void> {
    if (this.socket.readyState === this.socket.CLOSED) return;
    await new Promise<void>((resolve) => this.socket.once('close', () => resolve()));
  }

  #countMessage(): void {
    if (++this.#received > IGNORED_MESSAGES) this.drop(CLOSE.policy, 'nothing is expected from a listener');
  }
}
