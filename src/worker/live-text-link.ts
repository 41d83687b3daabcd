import { on } from 'node:events';
import type { WebSocket } from 'ws';
import {
  LIVE_TEXT_PATH,
  MAX_LIVE_TEXT_BYTES,
  watchMessage,
  type LiveTextMessage,
} from '../contract/live-text.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { keepConnected } from '../shared/async/retry-while.js';
import {
  connectWebSocket,
  waitUntilOpen,
  ConnectionRefused,
  messageText,
  watchSilence,
  type NotifierAddress,
} from '../shared/network/websocket.js';
import { LiveTextHub } from './live-text-hub.js';

/** Where the server (notifier) is, and its token. */
export interface ServerLocation {
  readonly address: NotifierAddress;
  readonly token: string;
}

/**
 * Some seconds of a busy worker's text. Beyond that new text is dropped; clients read the whole answer from the record.
 */
const MAX_WAITING_BYTES = 1024 * 1024;

/** A refusal comes from wrong settings, which an early retry does not fix, and the server limits failed sign-ins. */
const REFUSED_MS = 60_000;

/** A worker's connection to the server, for live text. It reconnects for ever, and nothing ever waits for it. */
export class LiveTextLink {
  readonly hub = new LiveTextHub((message) => this.#send(message));
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #socket: WebSocket | undefined;

  constructor(
    private readonly server: ServerLocation,
    private readonly warn: (message: string) => void,
  ) {
    this.#ended = keepConnected(
      (connected) => this.#connect(connected),
      (error) => this.#explain(error),
      this.#stop.signal,
    );
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#socket?.terminate();
    await this.#ended;
  }

  #send(message: LiveTextMessage): void {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount > MAX_WAITING_BYTES) return;
    const text = JSON.stringify(message);
    if (Buffer.byteLength(text) <= MAX_LIVE_TEXT_BYTES) socket.send(text);
  }

  /**
   * Warns of a refused connection, or of a socket that is not trusted, and returns a longer pause. Any other failure
   * passes, and nothing depends on it.
   */
  #explain(error: unknown): number | undefined {
    if (error instanceof EnvironmentError) {
      this.warn(`Live text is not available: ${error.message} ${error.fix}`);
      return REFUSED_MS;
    }
    if (!(error instanceof ConnectionRefused) || error.status >= 500) return undefined;
    this.warn(`Live text is not available: ${messageOf(error)}. Check LEADWRIGHT_TOKEN.`);
    return REFUSED_MS;
  }

  /** Resolves when the connection has ended. */
  async #connect(connected: () => void): Promise<void> {
    const { address, token } = this.server;
    const socket = connectWebSocket(address, LIVE_TEXT_PATH, token, MAX_LIVE_TEXT_BYTES);
    const stopWatching = watchSilence(socket);
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', { close: ['close'] });
    try {
      await waitUntilOpen(socket);
      this.#stop.signal.throwIfAborted();
      this.#socket = socket;
      connected();
      for await (const [data] of messages)
        this.hub.receive(watchMessage.parse(JSON.parse(messageText(data))));
    } finally {
      this.#socket = undefined;
      this.hub.unwatchAll();
      stopWatching();
      socket.terminate();
    }
  }
}
