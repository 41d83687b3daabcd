import type { IncomingMessage } from 'node:http';
import { tokenOfProtocols } from '../../shared/network/bearer-protocol.js';
import { isLoopback } from '../../shared/network/listen-address.js';
import { tokensEqual } from '../../shared/network/token.js';
import type { RateLimiter } from '../client-rate-limiter.js';
import type { Refusal } from '../refusal.js';
import type { RequestCheck } from '../request-check.js';
import { TOO_MANY_REQUESTS, type AddressOf } from './rate-limit.js';

const UNAUTHORIZED: Refusal = {
  status: 401,
  detail:
    'A token is needed: `Authorization: Bearer <token>`, the token being in the file `token` of LEADWRIGHT_HOME.',
};

export interface TokenCheckOptions {
  readonly token: string;
  /** Counts requests with no token or a wrong one. */
  readonly failedSignIns: RateLimiter;
  readonly addressOf: AddressOf;
  /** Called with each request that has the token. */
  readonly onSignIn: (request: IncomingMessage) => void;
}

/** Checks a token that a request gives in its body. */
export type GivenTokenCheck = (request: IncomingMessage, given: string) => Refusal | null;

/** Requires the token in the body, under the same limits. */
export function givenTokenCheck(options: TokenCheckOptions): GivenTokenCheck {
  return (request, given) => checkToken(options, request, given);
}

/** Requires the token in the Authorization header. */
export function tokenCheck(options: TokenCheckOptions): RequestCheck {
  return (request) => checkToken(options, request, tokenOf(request));
}

/** Requires the token of a WebSocket: in the Authorization header, or, where there is none, as a subprotocol. */
export function socketTokenCheck(options: TokenCheckOptions): RequestCheck {
  return (request) => checkToken(options, request, socketTokenOf(request));
}

/** Whether a text is the token. */
export function isToken(given: string | null, token: string): boolean {
  return given !== null && tokensEqual(given, token);
}

/** The token that a request gives; null when it gives none. */
export function tokenOf({ headers }: IncomingMessage): string | null {
  return bearerToken(headers.authorization);
}

/** The token that a WebSocket's request gives; null when it gives none. */
export function socketTokenOf({ headers }: IncomingMessage): string | null {
  const { authorization, 'sec-websocket-protocol': protocols } = headers;
  return authorization === undefined ? protocolToken(protocols) : bearerToken(authorization);
}

/**
 * An address with too many failed sign-ins is refused even with the right token. Not so on loopback: the whole machine
 * is one address there, and a program with an old token must not lock the others out.
 */
function checkToken(
  { token, failedSignIns, addressOf, onSignIn }: TokenCheckOptions,
  request: IncomingMessage,
  given: string | null,
): Refusal | null {
  const address = addressOf(request);
  if (!isLoopback(address) && failedSignIns.isSpent(address)) return TOO_MANY_REQUESTS;
  if (isToken(given, token)) {
    onSignIn(request);
    return null;
  }
  return failedSignIns.take(address) ? UNAUTHORIZED : TOO_MANY_REQUESTS;
}

function bearerToken(authorization: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

function protocolToken(protocols: string | undefined): string | null {
  return tokenOfProtocols((protocols ?? '').split(',').map((protocol) => protocol.trim()));
}
