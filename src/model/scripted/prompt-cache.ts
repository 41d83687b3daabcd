/** The API's prompt cache: which prefixes of a request were read from it, and which were written to it. */
import type { Segment } from './request-segments.js';
import type { CacheControl, MessagesRequest } from './scripted-request.js';

/** Token counts of a prompt. The first three are disjoint; the last two are the parts of what was written. */
export interface PromptUsage {
  readonly uncached: number;
  readonly written: number;
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
}

/** The API's limit. */
const MAX_BREAKPOINTS = 4;
/** How many segments before a breakpoint the API searches for an older entry. */
const LOOKBACK_SEGMENTS = 20;
/** The shortest prefix that Sonnet models cache, in tokens. */
const MIN_TOKENS = 1_024;
const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 };

/** A breakpoint by the index of its segment. */
interface Breakpoint {
  readonly at: number;
  readonly ttl: keyof typeof LIFETIME_MS;
}

/** Finds what the API refuses in a request's breakpoints; null when it accepts them. Pure. */
export function findBreakpointProblem(request: MessagesRequest, segments: readonly Segment[]): string | null {
  const points = breakpointsOf(request, segments);
  if (points.length > MAX_BREAKPOINTS) {
    return `A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${points.length}.`;
  }
  const short = points.findIndex(({ ttl }) => ttl === '5m');
  return short !== -1 && points.slice(short).some(({ ttl }) => ttl === '1h')
    ? "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"
    : null;
}

/** The explicit breakpoints, and the automatic one of the request on the last segment that can have one. */
function breakpointsOf({ cache_control }: MessagesRequest, segments: readonly Segment[]): Breakpoint[] {
  const explicit = segments.flatMap(({ cacheControl }, at) =>
    cacheControl === null ? [] : [{ at, ttl: lifetimeOf(cacheControl) }],
  );
  if (cache_control === undefined || cache_control === null) return explicit;
  const at = segments.findLastIndex(({ block }) => block?.type !== 'thinking');
  return at === -1 ? explicit : [...explicit, { at, ttl: lifetimeOf(cache_control) }];
}

function lifetimeOf({ ttl }: CacheControl): Breakpoint['ttl'] {
  return ttl ?? '5m';
}

export class PromptCache {
  /** When each prefix expires, in milliseconds since the epoch, and for how long a use extends that. */
  readonly #entries = new Map<string, { readonly expires: number; readonly lifetime: number }>();

  /** @param now the time in milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** Reads the longest known prefix, and writes the prefixes at the breakpoints. */
  use(request: MessagesRequest, segments: readonly Segment[]): PromptUsage {
    this.#forgetExpired();
    const sums = sumsOf(segments);
    const upTo = (at: number): number => sums[at] ?? 0;
    const points = breakpointsOf(request, segments).filter(({ at }) => upTo(at) >= MIN_TOKENS);
    const read = Math.max(-1, ...points.map(({ at }) => this.#findBefore(segments, at)));
    if (read !== -1) this.#keep(segments, read, 0);
    for (const { at, ttl } of points) this.#keep(segments, at, LIFETIME_MS[ttl]);
    const last = Math.max(read, ...points.map(({ at }) => at));
    const lastLong = Math.max(read, ...points.flatMap(({ at, ttl }) => (ttl === '1h' ? [at] : [])));
    return {
      read: upTo(read),
      written: upTo(last) - upTo(read),
      written1h: upTo(lastLong) - upTo(read),
      written5m: upTo(last) - upTo(lastLong),
      uncached: upTo(segments.length - 1) - upTo(last),
    };
  }

  /** The last segment before which everything is known, in reach of a breakpoint; -1 when nothing is known. */
  #findBefore(segments: readonly Segment[], point: number): number {
    for (let at = point; at >= Math.max(0, point - LOOKBACK_SEGMENTS); at--) {
      if (this.#entries.has(segments[at]?.prefix ?? '')) return at;
    }
    return -1;
  }

  /** Keeps the prefix up to a segment for a lifetime; a lifetime that is longer already is renewed. */
  #keep(segments: readonly Segment[], at: number, wanted: number): void {
    const prefix = segments[at]?.prefix ?? '';
    const lifetime = Math.max(wanted, this.#entries.get(prefix)?.lifetime ?? 0);
    this.#entries.set(prefix, { expires: this.now() + lifetime, lifetime });
  }

  #forgetExpired(): void {
    for (const [prefix, { expires }] of this.#entries)
      if (expires <= this.now()) this.#entries.delete(prefix);
  }
}

/** The number of tokens up to and including each segment. */
function sumsOf(segments: readonly Segment[]): number[] {
  let sum = 0;
  return segments.map(({ tokens }) => (sum += tokens));
}
