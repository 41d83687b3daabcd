/** Addresses within the dashboard: the part of the URL after `#`, such as `#/runs/bookshop/timeline`. Pure. */
import type { RunId, TaskId } from '../contract/ids.js';

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
  const segments = splitPath(fragment.replace(/^#/, ''));
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
