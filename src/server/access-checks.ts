import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../shared/network/listen-address.js';
import { clientAddress } from './client-address.js';
import { hostCheck } from './middleware/host-check.js';
import { originCheck } from './middleware/origin-check.js';
import { SeparateRates } from './middleware/rate-limit.js';
import {
  givenTokenCheck,
  isToken,
  socketTokenCheck,
  socketTokenOf,
  tokenCheck,
  tokenOf,
  type GivenTokenCheck,
} from './middleware/token-check.js';
import { RateLimiter } from './client-rate-limiter.js';
import type { RequestCheck } from './request-check.js';
import type { ServerLimits } from './server-limits.js';

export interface AccessOptions {
  readonly listenHost: string;
  /** The names of a proxy before the server; when there are any, its X-Forwarded-For is believed. */
  readonly hosts: readonly string[];
  readonly token: string;
  /** Whether the requests come over a Unix socket. Its clients have no addresses, and all belong to the owner. */
  readonly overSocket?: boolean;
  readonly limits: Pick<ServerLimits, 'requests' | 'upgrades' | 'failedSignIns'>;
  /** Called with each request that has the token. */
  readonly onSignIn: (request: IncomingMessage) => void;
}

/** The checks that decide who may send requests, and how often. HTTP requests and WebSockets share their counts. */
export interface AccessChecks {
  readonly requestRate: RequestCheck;
  /** A WebSocket lives longer than a request and comes with many others after a restart, so it is counted apart. */
  readonly upgradeRate: RequestCheck;
  readonly host: RequestCheck;
  readonly origin: RequestCheck;
  readonly token: RequestCheck;
  readonly socketToken: RequestCheck;
  readonly givenToken: GivenTokenCheck;
  /** How many requests were refused for coming too often. */
  readonly limited: () => number;
}

export function accessChecks({
  listenHost,
  hosts,
  token,
  overSocket,
  limits,
  onSignIn,
}: AccessOptions): AccessChecks {
  const requests = new SeparateRates(limits.requests);
  const upgrades = new SeparateRates(limits.upgrades);
  const failedSignIns = new RateLimiter(limits.failedSignIns);
  const addressOf = ({ socket, headers }: IncomingMessage) =>
    overSocket === true
      ? 'localhost'
      : clientAddress(socket.remoteAddress, hosts.length > 0 ? headers['x-forwarded-for'] : undefined);
  const tokenOptions = { token, failedSignIns, addressOf, onSignIn };
  // The whole machine is one address on loopback, so a stranger there must not use up the rate of a client with the token.
  const isOwn = (request: IncomingMessage, given: string | null) =>
    isLoopback(addressOf(request)) && isToken(given, token);
  return {
    requestRate: requests.check(addressOf, (request) => isOwn(request, tokenOf(request))),
    upgradeRate: upgrades.check(addressOf, (request) => isOwn(request, socketTokenOf(request))),
    host: hostCheck(listenHost, hosts),
    origin: originCheck,
    token: tokenCheck(tokenOptions),
    socketToken: socketTokenCheck(tokenOptions),
    givenToken: givenTokenCheck(tokenOptions),
    limited: () => requests.refused + upgrades.refused + failedSignIns.refused,
  };
}
