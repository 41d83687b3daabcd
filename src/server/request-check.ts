import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import { refuse } from './responses.js';
import type { Refusal } from './refusal.js';
import type { ServerEnv } from './server-env.js';

/** Decides whether a request may go on: null, or why not. Serves HTTP requests and WebSocket upgrades alike. */
export type RequestCheck = (request: IncomingMessage) => Refusal | null;

/** A check as Hono middleware. */
export function requireCheck(check: RequestCheck): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const refusal = check(c.env.incoming);
    if (refusal !== null) return refuse(c, refusal);
    await next();
    return undefined;
  };
}

/** The first refusal of these checks, in their order. */
export function firstRefusal(request: IncomingMessage, checks: readonly RequestCheck[]): Refusal | null {
  for (const check of checks) {
    const refusal = check(request);
    if (refusal !== null) return refusal;
  }
  return null;
}
