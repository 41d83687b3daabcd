import type { IncomingMessage } from 'node:http';
import type { RateLimiter } from '../client-rate-limiter.js';
import type { RequestCheck } from '../request-check.js';
import type { Refusal } from '../refusal.js';

/** The address that a request counts for, as `clientAddress` gives it. */
export type AddressOf = (request: IncomingMessage) => string;

export const TOO_MANY_REQUESTS: Refusal = {
  status: 429,
  detail: 'Too many requests come from there; try again in a second.',
};

/** Limits the rate of requests for each address and for all together, health checks included. */
export function rateLimit(limiter: RateLimiter, addressOf: AddressOf): RequestCheck {
  return (request) => (limiter.take(addressOf(request)) ? null : TOO_MANY_REQUESTS);
}
