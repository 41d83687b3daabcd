/** A token bucket: so many at once, then so many a second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** A rate for each client address, and one for all of them together. */
export interface Rates {
  readonly perAddress: Rate;
  readonly overall: Rate;
}

/** Addresses that are remembered, some 100 bytes each. Beyond that the oldest is forgotten; the overall rate still holds. */
const MAX_ADDRESSES = 10_000;

/** Limits rates with token buckets: one for each client address and one for all. */
export class RateLimiter {
  readonly #addresses = new Map<string, Bucket>();
  readonly #overall: Bucket;
  #refused = 0;

  /** `now` reads a clock that never goes back, in milliseconds. */
  constructor(
    private readonly rates: Rates,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#overall = new Bucket(rates.overall, now());
  }

  /** How many times `take` has refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes one token; false when none is left for that address or for all. */
  take(address: string): boolean {
    const now = this.now();
    const own = this.#of(address, now);
    if (own.has(now) && this.#overall.has(now)) {
      own.take();
      this.#overall.take();
      return true;
    }
    this.#refused += 1;
    return false;
  }

  /** Whether that address has used up its own tokens. Takes none. */
  isSpent(address: string): boolean {
    const now = this.now();
    return this.#addresses.get(address)?.has(now) === false;
  }

  #of(address: string, now: number): Bucket {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const [oldest] = this.#addresses.keys();
    if (oldest !== undefined && this.#addresses.size >= MAX_ADDRESSES) this.#addresses.delete(oldest);
    const bucket = new Bucket(this.rates.perAddress, now);
    this.#addresses.set(address, bucket);
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
