import type { TaskKey } from '../db/fencing.js';
import { DELTAS_PATH } from '../contract/live-text.js';
import { blockerId, ID_PATTERN, runId, taskId } from '../contract/ids.js';
import type { BlockerId, RunId, TaskId } from '../contract/ids.js';
import type { Refusal } from './access.js';

/** What a path asks for. */
export type Route =
  | { readonly kind: 'runs' }
  /** One run, as a whole or in one respect. */
  | { readonly kind: 'run' | 'graph' | 'timeline' | 'usage'; readonly run: RunId }
  | { readonly kind: 'task' | 'diff'; readonly task: TaskKey }
  | { readonly kind: 'blockers' }
  /** Something to be done, by `POST`. */
  | { readonly kind: 'act'; readonly asked: Act }
  | { readonly kind: 'health' }
  | { readonly kind: 'readiness' }
  | { readonly kind: 'metrics' }
  /** A WebSocket: of clients that follow a run, or of workers. */
  | { readonly kind: 'events' | 'deltas' }
  /** Nothing, in a place where everything needs the token. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file'; readonly path: string };

/** What a person can do through the API. */
export type Act =
  | { readonly act: 'answer'; readonly blocker: BlockerId }
  | { readonly act: 'pause' | 'resume' | 'cancel' | 'concurrency'; readonly run: RunId }
  | { readonly act: 'retry'; readonly task: TaskKey };

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
    case DELTAS_PATH:
      return { kind: 'deltas' };
    case '/api/blockers':
      return { kind: 'blockers' };
    default:
      if (!path.startsWith('/api/')) return { kind: 'file', path };
      return apiRouteOf(path.slice('/api/'.length).split('/')) ?? { kind: 'nothing' };
  }
}

function apiRouteOf([root, id, part, ...rest]: readonly string[]): Route | null {
  if (id === undefined) return null;
  if (root === 'blockers') return part === 'answer' && rest.length === 0 ? answerRoute(id) : null;
  if (root !== 'runs' || !ID_PATTERN.test(id)) return null;
  const run = runId(id);
  switch (part) {
    case undefined:
      return { kind: 'run', run };
    case 'tasks':
      return taskRouteOf(run, rest);
    case 'graph':
    case 'timeline':
    case 'usage':
      return rest.length === 0 ? { kind: part, run } : null;
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'concurrency':
      return rest.length === 0 ? { kind: 'act', asked: { act: part, run } } : null;
    default:
      return null;
  }
}

function taskRouteOf(run: RunId, [id, part, ...rest]: readonly string[]): Route | null {
  if (id === undefined || !ID_PATTERN.test(id) || rest.length > 0) return null;
  const task = { runId: run, taskId: taskId(id) };
  switch (part) {
    case undefined:
      return { kind: 'task', task };
    case 'diff':
      return { kind: 'diff', task };
    case 'retry':
      return { kind: 'act', asked: { act: 'retry', task } };
    default:
      return null;
  }
}

/** A blocker's id holds colons, which a page may have escaped. */
function answerRoute(id: string): Route | null {
  try {
    return { kind: 'act', asked: { act: 'answer', blocker: blockerId(decodeURIComponent(id)) } };
  } catch {
    return null;
  }
}

/** `attempt=<n>`, or nothing. */
export function parseDiffQuery(query: URLSearchParams): Refusal | { readonly attempt: number | null } {
  const [attempt, ...more] = query.getAll('attempt');
  if (attempt === undefined) return { attempt: null };
  if (more.length === 0 && /^[1-9]\d{0,5}$/.test(attempt)) return { attempt: Number(attempt) };
  return { status: 400, detail: 'The query is attempt=<n>, once, or nothing.' };
}

/** `run=<id>`, or nothing: of all runs. */
export function parseBlockersQuery(query: URLSearchParams): Refusal | { readonly run: RunId | null } {
  const [run, ...more] = query.getAll('run');
  if (run === undefined) return { run: null };
  if (more.length > 0) return { status: 400, detail: 'The query is run=<id>, once, or nothing.' };
  if (!ID_PATTERN.test(run)) return { status: 404, detail: 'There is no such run.' };
  return { run: runId(run) };
}

/**
 * `run=<id>&after=<seq>&deltas=<task>`: `after` is 0 when it is left out, and no task is watched without `deltas`. An
 * id that no run can have is an unknown run.
 */
export function parseEventsQuery(
  query: URLSearchParams,
): Refusal | { readonly run: RunId; readonly after: number; readonly deltas: TaskId | null } {
  const [run, ...moreRuns] = query.getAll('run');
  const [after = '0', ...moreAfters] = query.getAll('after');
  const [deltas, ...moreDeltas] = query.getAll('deltas');
  if (run === undefined || run === '' || moreRuns.length + moreAfters.length + moreDeltas.length > 0) {
    return { status: 400, detail: 'The query is run=<id>&after=<seq>&deltas=<task>, each once.' };
  }
  if (!/^\d{1,10}$/.test(after) || Number(after) > MAX_SEQ) {
    return { status: 400, detail: 'after is the seq of the last event that the client has, or 0.' };
  }
  if (deltas !== undefined && !ID_PATTERN.test(deltas)) {
    return { status: 400, detail: 'deltas is the id of a task, or left out.' };
  }
  if (!ID_PATTERN.test(run)) return { status: 404, detail: 'There is no such run.' };
  return { run: runId(run), after: Number(after), deltas: deltas === undefined ? null : taskId(deltas) };
}
