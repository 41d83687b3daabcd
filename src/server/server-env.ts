import type { HttpBindings } from '@hono/node-server';

/** The bindings that Hono passes to every middleware and route: the request and response of Node's server. */
export interface ServerEnv {
  Bindings: HttpBindings;
}
