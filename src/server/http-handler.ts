import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { TaskKey } from '../db/fencing.js';
import { messageOf, UsageError } from '../contract/errors.js';
import { UnknownCommitError } from '../git/process/git-errors.js';
import type { Access, Refusal } from './access.js';
import { act } from './post-actions.js';
import { assetReply } from './dashboard-files.js';
import type { Asset } from './dashboard-files.js';
import type { Hands } from './control-service.js';
import { RETRY_AFTER, SECURITY_HEADERS } from './headers.js';
import type { Looks } from './read-queries.js';
import { json, NOTHING, problem, text } from './reply.js';
import type { Reply } from './reply.js';
import { parseBlockersQuery, parseDiffQuery, routeOf, splitTarget } from './routes.js';
import type { Route } from './routes.js';

export interface HttpDoorOptions {
  readonly access: Access;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly looks: Looks;
  readonly hands: Hands;
  /** All metrics, as Prometheus reads them. */
  readonly metrics: () => Promise<string>;
  /** Rejects when the database cannot be reached. */
  readonly checkDatabase: () => Promise<void>;
  readonly log: Logger;
}

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
    ...(answer.allow !== undefined && { Allow: answer.allow }),
    ...(answer.status === 426 && { Upgrade: 'websocket' }),
    ...(answer.status === 429 && RETRY_AFTER),
    // A body that was announced is not read: the connection cannot be used again.
    ...(answer.status === 413 && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}

async function decide(options: HttpDoorOptions, request: IncomingMessage): Promise<Reply> {
  const { path, query } = splitTarget(request.url ?? '');
  const route = routeOf(path);
  const refusal =
    options.access.refuseForeign(request) ??
    (route.kind === 'act' ? refuseLook(request) : refuseShape(request)) ??
    (isPublic(route) ? null : options.access.refuseStranger(request));
  if (refusal !== null) {
    const allow = route.kind === 'act' ? 'POST' : 'GET, HEAD';
    return { ...problem(refusal), ...(refusal.status === 405 && { allow }) };
  }
  return route.kind === 'act'
    ? await act(options.hands, route.asked, request)
    : await answerRoute(options, route, query, request.headers['accept-encoding'] ?? '');
}

/** What is done by `POST` is done by nothing else. */
function refuseLook({ method }: IncomingMessage): Refusal | null {
  return method === 'POST' ? null : { status: 405, detail: 'Only POST is answered here.' };
}

/** Looking is all there is to do elsewhere: no other method, and no body. */
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
  route: Exclude<Route, { kind: 'act' }>,
  query: URLSearchParams,
  acceptEncoding: string,
): Promise<Reply> {
  const { looks } = options;
  switch (route.kind) {
    case 'runs':
      return json(await looks.runs());
    case 'run':
    case 'graph':
    case 'timeline':
    case 'usage':
      return found(await looks[route.kind](route.run), `There is no run ${route.run}.`);
    case 'task': {
      const { runId, taskId } = route.task;
      return found(await looks.task(route.task), `The run ${runId} has no task ${taskId}.`);
    }
    case 'diff':
      return answerDiff(looks, route.task, query);
    case 'blockers': {
      const asked = parseBlockersQuery(query);
      return 'status' in asked ? problem(asked) : json(await looks.blockers(asked.run));
    }
    case 'health':
      return text('ok\n');
    case 'readiness':
      await options.checkDatabase();
      return text('ok\n');
    case 'metrics':
      return {
        ...text(await options.metrics()),
        type: 'text/plain; version=0.0.4; charset=utf-8',
      };
    case 'events':
      return problem({ status: 426, detail: 'This is a WebSocket: /events?run=<id>&after=<seq>.' });
    case 'deltas':
      return problem({ status: 426, detail: 'This is a WebSocket, for workers.' });
    case 'nothing':
      return NOTHING;
    case 'file': {
      const asset = options.assets.get(route.path);
      return asset === undefined ? NOTHING : assetReply(asset, acceptEncoding);
    }
  }
}

function found(value: unknown, otherwise: string): Reply {
  return value === null ? problem({ status: 404, detail: otherwise }) : json(value);
}

async function answerDiff(looks: Looks, task: TaskKey, query: URLSearchParams): Promise<Reply> {
  const asked = parseDiffQuery(query);
  if ('status' in asked) return problem(asked);
  try {
    return json(await looks.diff(task, asked.attempt));
  } catch (error) {
    if (error instanceof UsageError) return problem({ status: 404, detail: `${error.message}.` });
    if (!(error instanceof UnknownCommitError)) throw error;
    return problem({
      status: 404,
      detail: 'The git store that this notifier sees does not have it: see it with `leadwright diff`.',
    });
  }
}

/** Where the database is to blame the client may come back; anything else is ours, and only the log is told. */
async function failure(options: HttpDoorOptions, error: unknown): Promise<Reply> {
  const isReachable = await options.checkDatabase().then(
    () => true,
    () => false,
  );
  if (!isReachable) return problem({ status: 503, detail: 'The database cannot be reached.' });
  options.log.error(`A request failed: ${messageOf(error)}`);
  return problem({ status: 500, detail: 'Something went wrong here; the log of the notifier says what.' });
}
