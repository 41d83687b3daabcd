import type { IncomingMessage } from 'node:http';
import { RateLimiter, type Rates } from '../client-rate-limiter.js';
import type { RequestCheck } from '../request-check.js';
import type { Refusal } from '../refusal.js';

/** The address that a request counts for, as `clientAddress` gives it. */
export type AddressOf = (request: IncomingMessage) => string;

export const TOO_MANY_REQUESTS: Refusal = {
  status: 429,
  detail: 'Too many requests come from there; try again in a second.',
};

/**
 * Limits the rate of requests for each address and for all together, health checks included. The owner's requests have
 * the same rates, but are counted apart from those of strangers.
 */
export class SeparateRates {
  readonly #owner: RateLimiter;
  readonly #strangers: RateLimiter;

  constructor(rates: Rates) {
    this.#owner = new RateLimiter(rates);
    this.#strangers = new RateLimiter(rates);
  }

  /** How many requests were refused. */
  get refused(): number {
    return this.#owner.refused + this.#strangers.refused;
  }

  check(addressOf: AddressOf, isOwner: (request: IncomingMessage) => boolean): RequestCheck {
    return (request) => {
      const limiter = isOwner(request) ? this.#owner : this.#strangers;
      return limiter.take(addressOf(request)) ? null : TOO_MANY_REQUESTS;
    };
  }
}
