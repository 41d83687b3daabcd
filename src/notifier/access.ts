import type { IncomingHttpHeaders } from 'node:http';
import { isOurHost } from './address.js';
import { sameToken } from '../token.js';

/** The subprotocol a WebSocket client of this version offers. */
export const SUBPROTOCOL = 'leadwright.v1';
/** How a browser, which cannot set a header on a WebSocket, hands over its token: as a subprotocol. */
const BEARER_PREFIX = 'bearer.';

/** Why a request is not let in, as an HTTP status and a sentence. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 426 | 503;
  readonly detail: string;
}

/** Everyone, the health checks included: the request must name us, and a page it comes from must be ours. */
export function refuseForeign(headers: IncomingHttpHeaders, listenHost: string): Refusal | null {
  if (!isOurHost(headers.host, listenHost)) {
    return { status: 403, detail: 'The Host header does not name this server.' };
  }
  if (headers.origin !== undefined && !isSameOrigin(headers.origin, headers.host)) {
    return { status: 403, detail: 'Pages of another origin are not let in.' };
  }
  return null;
}

/** Everything but the health checks and the dashboard's files needs the token, in a header. */
export function refuseStranger(headers: IncomingHttpHeaders, token: string): Refusal | null {
  const given = bearerToken(headers.authorization);
  return given !== null && sameToken(given, token) ? null : UNAUTHORIZED;
}

/** A WebSocket needs it as well; where no Authorization header was sent, as a subprotocol. */
export function refuseStrangerSocket(headers: IncomingHttpHeaders, token: string): Refusal | null {
  if (headers.authorization !== undefined) return refuseStranger(headers, token);
  const given = protocolToken(headers['sec-websocket-protocol']);
  return given !== null && sameToken(given, token) ? null : UNAUTHORIZED;
}

const UNAUTHORIZED: Refusal = {
  status: 401,
  detail:
    'A token is needed: `Authorization: Bearer <token>`, the token being in the file `token` of LEADWRIGHT_HOME.',
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
