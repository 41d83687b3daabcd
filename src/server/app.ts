import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { METHOD_NAME_ALL } from 'hono/router';
import type { Logger } from 'pino';
import type { AccessChecks } from './access-checks.js';
import { errorHandler } from './middleware/error-handler.js';
import { methodCheck } from './middleware/method-check.js';
import { securityHeaders } from './middleware/security-headers.js';
import { requireCheck } from './request-check.js';
import { splitTarget } from './request-target.js';
import { NOTHING_HERE } from './refusal.js';
import { refuse } from './responses.js';
import { publicRoutes, routes } from './routes/index.js';
import type { ServerEnv } from './server-env.js';
import type { Services } from './services.js';

export interface AppOptions {
  readonly checks: AccessChecks;
  readonly services: Services;
  readonly log: Logger;
}

/**
 * The middleware and routes that an HTTP request passes, in this order. Cheap refusals come first, and a client without
 * the token cannot find out what exists. WebSocket upgrades pass the same checks in `websocket-upgrade.ts`.
 */
export function createApp({ checks, services, log }: AppOptions): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>({
    // The path as it was sent: a decoded or normalised one could reach a route by a name that no check has seen.
    getPath: (_request, { env } = {}) => splitTarget(env?.incoming.url ?? '').path,
  });
  app.use(securityHeaders());
  app.use(requireCheck(checks.requestRate));
  app.use(requireCheck(checks.host));
  app.use(requireCheck(checks.origin));
  app.use(requireCheck(methodCheck((path) => hasPostRoute(app, path))));
  app.route('/', publicRoutes(services));
  // An unknown path outside the API is a missing file: there is nothing to protect.
  app.use((c, next) => {
    const isProtected =
      c.req.path.startsWith('/api/') || matchedRoutes(c).some(({ method }) => method !== METHOD_NAME_ALL);
    return isProtected ? requireCheck(checks.token)(c, next) : next();
  });
  app.route('/', routes(services));
  app.notFound((c) => refuse(c, NOTHING_HERE));
  app.onError(errorHandler({ checkDatabase: services.checkDatabase, log }));
  return app;
}

/** Answers the server's requests with the app. */
export function serveApp(server: Server, app: Hono<ServerEnv>): void {
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const listener = getRequestListener(app.fetch, {
      // A request without a Host header gets this far and is refused by the host check.
      hostname: 'localhost',
      // The rest of the process keeps Node's own Request and Response.
      overrideGlobalObjects: false,
      // Node itself discards a body that is not read.
      autoCleanupIncoming: false,
      // The adapter makes a URL of the target and the Host header and fails where they are none. Checks and routing
      // read the request itself, so such a request passes through the app with any URL, and is refused there.
      errorHandler: (error) =>
        error instanceof RequestError
          ? app.fetch(new Request('http://localhost/'), { incoming, outgoing })
          : new Response(null, { status: 500 }),
    });
    void listener(incoming, outgoing);
  });
}

function hasPostRoute(app: Hono<ServerEnv>, path: string): boolean {
  const [handlers] = app.router.match('POST', path);
  return handlers.some(([[, route]]) => route.method === 'POST');
}
