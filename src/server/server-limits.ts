import type { FollowerLimits } from './events/follower.js';
import type { Rates } from './client-rate-limiter.js';

/** The server's limits, for one client address and for all. Tests set others. Times are in milliseconds. */
export interface ServerLimits extends FollowerLimits {
  /** A WebSocket client must answer a ping before the next one. */
  readonly pingMs: number;
  /** How often the log is read without a notification: the longest delay of an event whose notification was lost. */
  readonly checkMs: number;
  /** How long a client may take nothing of what waits to be sent to it, even if it sends something meanwhile. */
  readonly unreadMs: number;
  /** Connections open at once. */
  readonly connections: { readonly perAddress: number; readonly overall: number };
  readonly requests: Rates;
  readonly upgrades: Rates;
  /** Requests with no token or a wrong one. */
  readonly failedSignIns: Rates;
}

export const LIMITS: ServerLimits = {
  // Proxies tend to cut what is silent for a minute; two pings fit in it.
  pingMs: 30_000,
  // Some hundreds of events: a burst passes, and a thousand such clients hold 256 MB at worst.
  congestedBytes: 256 * 1024,
  // A client that takes less than congestedBytes in this time reads under 25 KB/s, about a hundred events a second:
  // twice the busiest run.
  stallMs: 10_000,
  // Only matters while the listening connection is down.
  checkMs: 3_000,
  // Progress within one write is not visible, and the answer for a large run is one write of a megabyte: a client has to
  // take 9 KB/s.
  unreadMs: 120_000,
  connections: {
    // Twice the largest crowd measured from one address, and half of all: one address alone cannot take every place.
    perAddress: 2_048,
    // Four times that crowd, and far below what a process may have open.
    overall: 4_096,
  },
  requests: {
    // A thousand programs that ask once at the same moment; then 300 open pages that ask once a second.
    perAddress: { burst: 1_000, perSecond: 300 },
    // What a core answers beside the events: a request costs about a millisecond.
    overall: { burst: 4_000, perSecond: 800 },
  },
  upgrades: {
    // After a restart every client comes back at once, some of them twice; then as fast as a core lets them in.
    perAddress: { burst: 2_048, perSecond: 300 },
    overall: { burst: 4_096, perSecond: 600 },
  },
  failedSignIns: {
    // A person mistypes a few times, and a forgotten page tries again every five seconds: this allows sixty of those.
    // An attacker gets 86,400 guesses a day against 2^256 tokens, or against one that was chosen badly.
    perAddress: { burst: 60, perSecond: 1 },
    overall: { burst: 600, perSecond: 20 },
  },
};

/** Our clients' headers are a few hundred bytes; the longest token and URL fit twice. */
export const MAX_HEADER_BYTES = 8_192;
/** A request is one packet; a client that sends it slowly holds a socket for no reason. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for requests that took too long: one may stay this much longer. */
export const TIMEOUT_CHECK_MS = 2_000;
/** The response for a large run is a megabyte; a client that reads none of it for this long is gone or hostile. */
export const IDLE_SOCKET_MS = 30_000;
