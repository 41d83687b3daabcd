import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { SUBPROTOCOL } from '../../contract/contract.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import type { Access, Refusal } from '../access.js';
import type { Feeds } from './feeds.js';
import type { DeltaDesk } from '../live-text/live-text-broker.js';
import { CLOSE, Follower } from './follower.js';
import type { NotifierLimits } from '../server-limits.js';
import { hangUp } from '../refuse-socket.js';
import { parseEventsQuery, splitTarget } from '../routes.js';

export interface EventsDoorOptions {
  readonly access: Access;
  readonly feeds: Feeds;
  readonly desk: DeltaDesk;
  readonly limits: NotifierLimits;
  /** The seq of the run's newest event; null when there is no such run; rejects when nobody can say. */
  readonly lastSeq: (run: RunId) => Promise<number | null>;
}

/** A listener sends nothing but control frames, which are shorter than this by definition. */
const MAX_MESSAGE_BYTES = 1_024;

/** The WebSocket part of the door: lets in who may follow a run, and keeps the counts of who does. */
export class EventsDoor {
  readonly #followers = new Set<Follower>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    // On loopback compression only costs; elsewhere the proxy that ends TLS does it.
    perMessageDeflate: false,
    // Never the one that holds the token.
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #pings: NodeJS.Timeout;
  #isClosing = false;
  #dropped = 0;

  constructor(private readonly options: EventsDoorOptions) {
    this.#pings = setInterval(() => this.#pingAll(), options.limits.pingMs);
    // A handshake that is none; its message is one of the library's own sentences.
    this.#server.on('wsClientError', ({ message }, socket) =>
      hangUp(socket, { status: 400, detail: `${message}.` }),
    );
  }

  /** How many clients there are, and how many were dropped for their own fault since the start. */
  get counts(): { readonly clients: number; readonly dropped: number } {
    return { clients: this.#followers.size, dropped: this.#dropped };
  }

  /** Takes over a socket whose request asked for a WebSocket. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // It may be reset while we look at the request; there is nobody to tell.
    socket.on('error', () => undefined);
    const admitted = await this.#admit(request);
    if ('status' in admitted) {
      hangUp(socket, admitted);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#follow(webSocket, socket, admitted);
    });
  }

  /** Tells every client that we are leaving, and waits until they are gone. */
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
    const { access } = this.options;
    const { path, query } = splitTarget(request.url ?? '');
    const refusal =
      access.refuseForeignSocket(request) ??
      (path === '/events' ? null : { status: 404 as const, detail: 'WebSockets are at /events.' }) ??
      access.refuseStrangerSocket(request);
    if (refusal !== null) return refusal;
    const asked = parseEventsQuery(query);
    if ('status' in asked) return asked;
    try {
      const last = await this.options.lastSeq(asked.run);
      if (last === null) return { status: 404, detail: `There is no run ${asked.run}.` };
      return this.#isClosing ? LEAVING : { ...asked, last };
    } catch {
      return { status: 503, detail: 'The database cannot be reached.' };
    }
  }

  #follow(socket: WebSocket, wire: Duplex, { run, after, deltas, last }: Admission): void {
    const follower = new Follower(socket, wire, after, this.options.limits, () => {
      this.#dropped += 1;
    });
    this.#followers.add(follower);
    const unwatch =
      deltas === null ? null : this.options.desk.watch({ runId: run, taskId: deltas }, follower);
    socket.on('close', () => {
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

interface Admission {
  readonly run: RunId;
  readonly after: number;
  /** The task whose answers are watched as they come. */
  readonly deltas: TaskId | null;
  /** The seq of the run's newest event. */
  readonly last: number;
}

const LEAVING: Refusal = { status: 503, detail: 'The notifier is ending.' };
