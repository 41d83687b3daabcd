import { ID_PATTERN, runId } from '../ids.js';
import type { RunId } from '../ids.js';
import type { Refusal } from './access.js';

/** What a path asks for. */
export type Route =
  | { readonly kind: 'runs' }
  | { readonly kind: 'run'; readonly run: RunId }
  | { readonly kind: 'health' }
  | { readonly kind: 'readiness' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'events' }
  /** Nothing, in a place where everything needs the token. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file'; readonly path: string };

/** The largest number that the log's `seq` can hold. */
const MAX_SEQ = 2_147_483_647;

/** A request's target in two: URL would turn `//x` into a host and refuse others. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** Whatever is not the API's may be a file of the dashboard. */
export function routeOf(path: string): Route {
  switch (path) {
    case '/api/runs':
      return { kind: 'runs' };
    case '/healthz':
      return { kind: 'health' };
    case '/readyz':
      return { kind: 'readiness' };
    case '/metrics':
      return { kind: 'metrics' };
    case '/events':
      return { kind: 'events' };
    default: {
      const id = /^\/api\/runs\/([^/]+)$/.exec(path)?.[1];
      if (id !== undefined && ID_PATTERN.test(id)) return { kind: 'run', run: runId(id) };
      return path.startsWith('/api/') ? { kind: 'nothing' } : { kind: 'file', path };
    }
  }
}

/** `run=<id>&after=<seq>`, `after` being 0 when it is left out. An id that no run can have is an unknown run. */
export function parseEventsQuery(
  query: URLSearchParams,
): Refusal | { readonly run: RunId; readonly after: number } {
  const [run, ...moreRuns] = query.getAll('run');
  const [after = '0', ...moreAfters] = query.getAll('after');
  if (run === undefined || run === '' || moreRuns.length > 0 || moreAfters.length > 0) {
    return { status: 400, detail: 'The query is run=<id>&after=<seq>, each once.' };
  }
  if (!/^\d{1,10}$/.test(after) || Number(after) > MAX_SEQ) {
    return { status: 400, detail: 'after is the seq of the last event that the client has, or 0.' };
  }
  if (!ID_PATTERN.test(run)) return { status: 404, detail: 'There is no such run.' };
  return { run: runId(run), after: Number(after) };
}
