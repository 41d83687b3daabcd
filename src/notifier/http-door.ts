import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { RunListEntry, RunView } from '../contract.js';
import { messageOf } from '../errors.js';
import type { RunId } from '../ids.js';
import { refuseForeign, refuseStranger } from './access.js';
import type { Refusal } from './access.js';
import type { Asset } from './assets.js';
import { renderMetrics } from './metrics.js';
import type { Counts } from './metrics.js';
import { problemBody } from './problem.js';
import { routeOf, splitTarget } from './routes.js';
import type { Route } from './routes.js';

export interface HttpDoorOptions {
  readonly listenHost: string;
  readonly token: string;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly runView: (run: RunId) => Promise<RunView | null>;
  readonly listRuns: () => Promise<RunListEntry[]>;
  readonly counts: () => Promise<Counts>;
  /** Rejects when the database cannot be reached. */
  readonly checkDatabase: () => Promise<void>;
  readonly log: Logger;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** What a file of the dashboard has besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Nothing may be loaded from elsewhere, nothing inline may run, nobody may frame the page. `'self'` covers the
 * WebSocket of the same origin.
 */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/** Answers every request that is not a WebSocket. Never rejects. */
export async function answerRequest(
  options: HttpDoorOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await decide(options, request).catch((error: unknown) => failure(options, error));
  response.writeHead(answer.status, {
    ...SECURITY_HEADERS,
    'Content-Type': answer.type,
    'Content-Length': Buffer.byteLength(answer.body),
    ...answer.headers,
    ...(answer.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(answer.status === 405 && { Allow: 'GET, HEAD' }),
    ...(answer.status === 426 && { Upgrade: 'websocket' }),
    // A body that was announced is not read: the connection cannot be used again.
    ...(answer.status === 413 && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function decide(options: HttpDoorOptions, request: IncomingMessage): Promise<Answer> {
  const route = routeOf(splitTarget(request.url ?? '').path);
  const refusal =
    refuseForeign(request.headers, options.listenHost) ??
    refuseShape(request) ??
    (isPublic(route) ? null : refuseStranger(request.headers, options.token));
  return refusal === null ? await answerRoute(options, route, request) : problem(refusal);
}

/** Looking is all there is to do here: no other method, and no body. */
function refuseShape(request: IncomingMessage): Refusal | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding !== undefined || (length !== undefined && length !== '0')) {
    return { status: 413, detail: 'No request here has a body.' };
  }
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  return { status: 405, detail: 'Only GET and HEAD are answered here.' };
}

function isPublic(route: Route): boolean {
  return route.kind === 'health' || route.kind === 'readiness' || route.kind === 'file';
}

async function answerRoute(
  options: HttpDoorOptions,
  route: Route,
  request: IncomingMessage,
): Promise<Answer> {
  switch (route.kind) {
    case 'runs':
      return json(await options.listRuns());
    case 'run': {
      const view = await options.runView(route.run);
      return view === null ? problem({ status: 404, detail: `There is no run ${route.run}.` }) : json(view);
    }
    case 'health':
      return text('ok\n');
    case 'readiness':
      await options.checkDatabase();
      return text('ok\n');
    case 'metrics':
      return {
        ...text(renderMetrics(await options.counts())),
        type: 'text/plain; version=0.0.4; charset=utf-8',
      };
    case 'events':
      return problem({ status: 426, detail: 'This is a WebSocket: /events?run=<id>&after=<seq>.' });
    case 'nothing':
      return NOTHING;
    case 'file': {
      const asset = options.assets.get(route.path);
      return asset === undefined ? NOTHING : file(asset, request);
    }
  }
}

/** Where the database is to blame the client may come back; anything else is ours, and only the log is told. */
async function failure(options: HttpDoorOptions, error: unknown): Promise<Answer> {
  const isReachable = await options.checkDatabase().then(
    () => true,
    () => false,
  );
  if (!isReachable) return problem({ status: 503, detail: 'The database cannot be reached.' });
  options.log.error(`A request failed: ${messageOf(error)}`);
  return problem({ status: 500, detail: 'Something went wrong here; the log of the notifier says what.' });
}

/** A year is the longest that caches keep anything. */
const FOREVER = 'public, max-age=31536000, immutable';

function file(asset: Asset, { headers }: IncomingMessage): Answer {
  const isGzipped = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  return {
    status: 200,
    type: asset.type,
    body: isGzipped ? asset.gzipped : asset.body,
    headers: {
      Vary: 'Accept-Encoding',
      ...(isGzipped && { 'Content-Encoding': 'gzip' }),
      ...(asset.isForever && { 'Cache-Control': FOREVER }),
    },
  };
}

function json(value: unknown): Answer {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}

function text(body: string): Answer {
  return { status: 200, type: 'text/plain; charset=utf-8', body };
}

const NOTHING = problem({ status: 404, detail: 'There is nothing here.' });

function problem(refusal: { readonly status: number; readonly detail: string }): Answer {
  return { status: refusal.status, type: 'application/problem+json', body: problemBody(refusal) };
}
