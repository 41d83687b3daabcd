/** Addresses within the dashboard: the part of the URL after `#`, such as `#/runs/bookshop?status=blocked`. Pure. */
import type { RunId, TaskId } from '../contract/ids.js';
import type { TaskStatus } from '../contract/run-status.js';

/** The parameters that a path like `/runs/:run/:tab?` names. */
export type ParameterName<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? ParameterName<Head> | ParameterName<Rest>
  : Path extends `:${infer Name}?` | `:${infer Name}`
    ? Name
    : never;

/**
 * Matches a fragment against a path: `:name` stands for one segment, `:name?` for one that may be absent at the end.
 *
 * @returns the segment of each name, undefined for one that is absent; null when the path does not match
 */
export function matchPath(path: string, fragment: string): ReadonlyMap<string, string | undefined> | null {
  const expected = splitPath(path);
  const segments = splitPath(splitFragment(fragment).path);
  if (segments.length > expected.length) return null;
  const found = new Map<string, string | undefined>();
  for (const [index, pattern] of expected.entries()) {
    const segment = segments[index];
    const [, name, optional] = /^:(\w+)(\?)?$/.exec(pattern) ?? [];
    if (name === undefined ? segment !== pattern : segment === undefined && optional === undefined)
      return null;
    if (name !== undefined) found.set(name, segment);
  }
  return found;
}

/** Splits a fragment into its path and its query, which holds what a view shows: filters, and the part to open. */
function splitFragment(fragment: string): { readonly path: string; readonly query: URLSearchParams } {
  const [, path = '', query = ''] = /^#?([^?]*)\??(.*)$/s.exec(fragment) ?? [];
  return { path, query: new URLSearchParams(query) };
}

/** The value of a name in the query of a fragment; empty when it is absent. */
export function queryValue(fragment: string, name: string): string {
  return splitFragment(fragment).query.get(name) ?? '';
}

/** A fragment with another value in its query; an empty one is removed. */
export function withQueryValue(fragment: string, name: string, value: string): string {
  const { path, query } = splitFragment(fragment);
  if (value === '') query.delete(name);
  else query.set(name, value);
  return withQuery(`#${path}`, query);
}

function withQuery(link: string, query: URLSearchParams): string {
  return query.size === 0 ? link : `${link}?${query.toString()}`;
}

function splitPath(path: string): readonly string[] {
  const inner = path.replace(/^\/|\/$/g, '');
  return inner === '' ? [] : inner.split('/');
}

export const RUNS_LINK = '#/';
export const INBOX_LINK = '#/inbox';

/** The link to a run's page. @param tab the name of one of its tabs; the first one when absent */
export function linkToRun(run: RunId, tab?: string): string {
  return tab === undefined ? `#/runs/${run}` : `#/runs/${run}/${tab}`;
}

export function linkToTask(run: RunId, task: TaskId): string {
  return `#/runs/${run}/tasks/${task}`;
}

/** The link to a tab of a run from another one, with what the address of that one filters by. */
export function linkToTab(fragment: string, run: RunId, tab?: string): string {
  return withQuery(linkToRun(run, tab), splitFragment(fragment).query);
}

/** The link to a run's tasks of one status. */
export function linkToStatus(run: RunId, status: TaskStatus): string {
  return withQueryValue(linkToRun(run), 'status', status);
}
