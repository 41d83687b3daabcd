/** So many at once, and so many a second from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A rate for each peer, and one for all of them together. */
export interface Rates {
  readonly perPeer: Rate;
  readonly overall: Rate;
}

/** Peers that are remembered: some 100 bytes each. Past that the oldest is forgotten; the overall rate still holds. */
const MAX_PEERS = 10_000;

/** Counts what peers do, as token buckets: one for each of them and one for all. */
export class RateLimit {
  readonly #peers = new Map<string, Bucket>();
  readonly #overall: Bucket;
  #refused = 0;

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(
    private readonly rates: Rates,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#overall = new Bucket(rates.overall, now());
  }

  /** How often it has said no. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes one, or says that there is none left for that peer now. */
  take(peer: string): boolean {
    const now = this.now();
    const own = this.#of(peer, now);
    if (own.has(now) && this.#overall.has(now)) {
      own.take();
      this.#overall.take();
      return true;
    }
    this.#refused += 1;
    return false;
  }

  /** Whether that peer has used up its own; nothing is taken. */
  isSpent(peer: string): boolean {
    const now = this.now();
    return this.#peers.get(peer)?.has(now) === false;
  }

  #of(peer: string, now: number): Bucket {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    const [oldest] = this.#peers.keys();
    if (oldest !== undefined && this.#peers.size >= MAX_PEERS) this.#peers.delete(oldest);
    const bucket = new Bucket(this.rates.perPeer, now);
    this.#peers.set(peer, bucket);
    return bucket;
  }
}

class Bucket {
  #left: number;

  constructor(
    private readonly rate: Rate,
    private filledAt: number,
  ) {
    this.#left = rate.burst;
  }

  has(now: number): boolean {
    const regained = ((now - this.filledAt) / 1_000) * this.rate.perSecond;
    this.#left = Math.min(this.rate.burst, this.#left + regained);
    this.filledAt = now;
    return this.#left >= 1;
  }

  take(): void {
    this.#left -= 1;
  }
}
