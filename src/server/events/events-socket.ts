import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { RunId } from '../../contract/ids.js';
import type { LiveTextBroker } from '../live-text/live-text-broker.js';
import { DATABASE_AWAY, type Refusal } from '../refusal.js';
import { refuseSocket } from '../refuse-socket.js';
import { splitTarget } from '../request-target.js';
import type { ServerLimits } from '../server-limits.js';
import { createWebSocketServer } from '../websocket-upgrade.js';
import { parseEventsQuery, type EventsQuery } from './events-query.js';
import type { Feeds } from './feeds.js';
import { CLOSE, Follower } from './follower.js';

export interface EventsSocketOptions {
  readonly feeds: Feeds;
  readonly broker: LiveTextBroker;
  readonly limits: ServerLimits;
  /** The seq of the run's newest event; null when there is no such run; rejects when the database is away. */
  readonly lastSeq: (run: RunId) => Promise<number | null>;
}

/** A listener sends only control frames, which are shorter than this by definition. */
const MAX_MESSAGE_BYTES = 1_024;

/** The WebSocket endpoint on which clients follow a run: its events, and with `deltas=T` the live text of a task. */
export class EventsSocket {
  readonly #followers = new Set<Follower>();
  readonly #server = createWebSocketServer(MAX_MESSAGE_BYTES);
  readonly #pings: NodeJS.Timeout;
  #isClosing = false;
  #dropped = 0;

  constructor(private readonly options: EventsSocketOptions) {
    this.#pings = setInterval(() => this.#pingAll(), options.limits.pingMs);
  }

  /** How many clients there are, and how many were dropped for their own fault since the start. */
  get counts(): { readonly clients: number; readonly dropped: number } {
    return { clients: this.#followers.size, dropped: this.#dropped };
  }

  /** Opens the WebSocket of a request that passed all checks, unless its run does not exist. Never rejects. */
  async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const admitted = await this.#admit(request);
    if ('status' in admitted) {
      refuseSocket(socket, admitted);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#follow(webSocket, socket, admitted);
    });
  }

  /** Tells every client that the server is ending, and waits until all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#pings);
    const leaving = [...this.#followers].map(async (follower) => {
      const gone = follower.gone();
      follower.close(CLOSE.goingAway, 'the notifier is ending: come back with after');
      await gone;
    });
    await Promise.all(leaving);
    this.#server.close();
  }

  async #admit(request: IncomingMessage): Promise<Refusal | Admission> {
    const asked = parseEventsQuery(splitTarget(request.url ?? '').query);
    if ('status' in asked) return asked;
    try {
      const last = await this.options.lastSeq(asked.run);
      if (last === null) return { status: 404, detail: `There is no run ${asked.run}.` };
      return this.#isClosing ? ENDING : { ...asked, last };
    } catch {
      return DATABASE_AWAY;
    }
  }

  #follow(webSocket: WebSocket, socket: Duplex, { run, after, deltas, last }: Admission): void {
    const follower = new Follower(webSocket, socket, after, this.options.limits, () => {
      this.#dropped += 1;
    });
    this.#followers.add(follower);
    const unwatch =
      deltas === null ? null : this.options.broker.watch({ runId: run, taskId: deltas }, follower);
    webSocket.on('close', () => {
      unwatch?.();
      this.#followers.delete(follower);
      this.options.feeds.leave(run, follower);
    });
    this.options.feeds.join(run, last, follower);
  }

  #pingAll(): void {
    for (const follower of this.#followers) follower.ping();
  }
}

interface Admission extends EventsQuery {
  /** The seq of the run's newest event. */
  readonly last: number;
}

const ENDING: Refusal = { status: 503, detail: 'The notifier is ending.' };
