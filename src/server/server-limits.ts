import type { FollowerLimits } from './events/follower.js';
import type { Rates } from './rate-limiter.js';

/** What the door bears, from one peer and from all; what may be set otherwise in a test. Times in milliseconds. */
export interface NotifierLimits extends FollowerLimits {
  /** A WebSocket client must answer a ping before the next one. */
  readonly pingMs: number;
  /** How late an event may be when its notification was lost. */
  readonly checkMs: number;
  /** Connections open at once. */
  readonly connections: { readonly perPeer: number; readonly overall: number };
  readonly requests: Rates;
  readonly upgrades: Rates;
  /** Requests with no token or a wrong one. */
  readonly failedSignIns: Rates;
}

export const LIMITS: NotifierLimits = {
  // Proxies tend to cut what is silent for a minute; two pings fit in it.
  pingMs: 30_000,
  // Some hundreds of events: a burst passes, and a thousand such clients would hold 256 MB at the very worst.
  congestedBytes: 256 * 1024,
  // Who takes less than congestedBytes in this time gets 25 KB/s at best: a hundred events, twice the busiest run.
  stallMs: 10_000,
  // While the listening connection is down.
  checkMs: 3_000,
  connections: {
    // Twice the largest crowd that is measured from one address; no single stranger takes the last place.
    perPeer: 2_048,
    // Four times that crowd, and far below what a process may have open.
    overall: 4_096,
  },
  requests: {
    // A thousand programs that ask once at the same moment; then 300 open pages that ask once a second.
    perPeer: { burst: 1_000, perSecond: 300 },
    // What a core answers beside the events: a request costs about a millisecond.
    overall: { burst: 4_000, perSecond: 800 },
  },
  upgrades: {
    // After a restart every client comes back at once, some of them twice; then as fast as a core lets them in.
    perPeer: { burst: 2_048, perSecond: 300 },
    overall: { burst: 4_096, perSecond: 600 },
  },
  failedSignIns: {
    // A person mistypes a few times, a forgotten page tries again every five seconds: sixty of those. Whoever
    // guesses gets 86,400 a day, against 2^256 tokens, or against one that was chosen badly.
    perPeer: { burst: 60, perSecond: 1 },
    overall: { burst: 600, perSecond: 20 },
  },
};

/** Headers of ours are a few hundred bytes; the longest token and URL fit twice. */
export const MAX_HEADER_BYTES = 8_192;
/** A request is one packet; who dribbles it holds a socket for no reason. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** How often it is looked for such: the other part of the longest that one of them stays. */
export const TIMEOUT_CHECK_MS = 2_000;
/** An answer of a large run is a megabyte: who takes none of it for this long is gone, or wants us to hold it. */
export const IDLE_SOCKET_MS = 30_000;
