import type { IncomingMessage } from 'node:http';
import { sameToken } from '../shared/token.js';
import { isLoopback, isOurHost } from '../shared/listen-address.js';
import type { NotifierLimits } from './server-limits.js';
import { peerOf } from './client-address.js';
import { RateLimit } from './rate-limiter.js';

/** How a browser, which cannot set a header on a WebSocket, hands over its token: as a subprotocol. */
const BEARER_PREFIX = 'bearer.';

/** Why a request is not let in, as an HTTP status and a sentence. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 417 | 426 | 429 | 431 | 500 | 503;
  readonly detail: string;
}

/** What decides who is let in. */
export interface AccessOptions {
  readonly listenHost: string;
  /** The names of a proxy before us; when there are any, it also tells for whom it asks. */
  readonly hosts: readonly string[];
  readonly token: string;
  readonly limits: Pick<NotifierLimits, 'requests' | 'upgrades' | 'failedSignIns'>;
}

/** Whom the door lets in, and how often. */
export class Access {
  readonly #requests: RateLimit;
  readonly #upgrades: RateLimit;
  readonly #failedSignIns: RateLimit;

  constructor(private readonly options: AccessOptions) {
    this.#requests = new RateLimit(options.limits.requests);
    this.#upgrades = new RateLimit(options.limits.upgrades);
    this.#failedSignIns = new RateLimit(options.limits.failedSignIns);
  }

  /** How many were refused for coming too often. */
  get limited(): number {
    return this.#requests.refused + this.#upgrades.refused + this.#failedSignIns.refused;
  }

  /** Everyone, the health checks included, comes within the limits; must name us; and a page must be ours. */
  refuseForeign(request: IncomingMessage): Refusal | null {
    return this.#requests.take(this.#peer(request)) ? this.#refuseName(request) : TOO_OFTEN;
  }

  /** The same for a WebSocket, which is longer-lived and comes with others after a restart. */
  refuseForeignSocket(request: IncomingMessage): Refusal | null {
    return this.#upgrades.take(this.#peer(request)) ? this.#refuseName(request) : TOO_OFTEN;
  }

  /** Everything but the health checks and the dashboard's files needs the token, in a header. */
  refuseStranger(request: IncomingMessage): Refusal | null {
    return this.#refuseToken(request, bearerToken(request.headers.authorization));
  }

  /** A WebSocket needs it as well; where no Authorization header was sent, as a subprotocol. */
  refuseStrangerSocket(request: IncomingMessage): Refusal | null {
    const { authorization, 'sec-websocket-protocol': protocols } = request.headers;
    return this.#refuseToken(
      request,
      authorization === undefined ? protocolToken(protocols) : bearerToken(authorization),
    );
  }

  #refuseName({ headers, headersDistinct }: IncomingMessage): Refusal | null {
    if ((headersDistinct['host'] ?? []).length > 1) {
      return { status: 400, detail: 'There is more than one Host header.' };
    }
    if (!isOurHost(headers.host, this.options.listenHost, this.options.hosts)) {
      return { status: 403, detail: 'The Host header does not name this server.' };
    }
    if (headers.origin !== undefined && !isSameOrigin(headers.origin, headers.host)) {
      return { status: 403, detail: 'Pages of another origin are not let in.' };
    }
    return null;
  }

  /**
   * Who guessed too often is not even listened to. On this machine the right token always opens: all of it is one
   * peer, and a program with an old token is not to lock the others out.
   */
  #refuseToken(request: IncomingMessage, given: string | null): Refusal | null {
    const peer = this.#peer(request);
    if (!isLoopback(peer) && this.#failedSignIns.isSpent(peer)) return TOO_OFTEN;
    if (given !== null && sameToken(given, this.options.token)) return null;
    return this.#failedSignIns.take(peer) ? UNAUTHORIZED : TOO_OFTEN;
  }

  #peer({ socket, headers }: IncomingMessage): string {
    const isProxied = this.options.hosts.length > 0;
    return peerOf(socket.remoteAddress, isProxied ? headers['x-forwarded-for'] : undefined);
  }
}

const UNAUTHORIZED: Refusal = {
  status: 401,
  detail:
    'A token is needed: `Authorization: Bearer <token>`, the token being in the file `token` of LEADWRIGHT_HOME.',
};

const TOO_OFTEN: Refusal = {
  status: 429,
  detail: 'Too many requests come from there; try again in a second.',
};

/**
 * A page's origin is ours when it is what the request itself names as host and port, so that another program's
 * page on this machine is a stranger. A proxy that ends TLS changes the scheme, not those.
 */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  const parts = /^(https?):\/\/([^/]+)$/i.exec(origin);
  const scheme = parts?.[1]?.toLowerCase();
  const authority = parts?.[2]?.toLowerCase();
  if (scheme === undefined || authority === undefined || host === undefined) return false;
  const defaultPort = scheme === 'https' ? ':443' : ':80';
  return authority === host.toLowerCase() || `${authority}${defaultPort}` === host.toLowerCase();
}

function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function protocolToken(protocols: string | undefined): string | null {
  const offered = (protocols ?? '').split(',').map((protocol) => protocol.trim());
  const bearer = offered.find((protocol) => protocol.startsWith(BEARER_PREFIX));
  return bearer?.slice(BEARER_PREFIX.length) ?? null;
}
