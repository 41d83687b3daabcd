/** Where in the dashboard one is, as the part of the address after `#`. Pure. */
import { ID_PATTERN, runId, taskId } from '../contract/ids.js';
import type { RunId, TaskId } from '../contract/ids.js';

export const RUN_VIEWS = ['tasks', 'timeline', 'money'] as const;
/** How a run is looked at. */
export type RunView = (typeof RUN_VIEWS)[number];

export type Route =
  | { readonly page: 'runs' }
  | { readonly page: 'inbox' }
  | { readonly page: 'run'; readonly run: RunId; readonly view: RunView }
  | { readonly page: 'task'; readonly run: RunId; readonly task: TaskId }
  | { readonly page: 'nowhere' };

/** The place that a fragment (`#/runs/bookshop/timeline`) names. */
export function routeOf(fragment: string): Route {
  const [first = '', second = '', third, fourth, ...rest] = fragment.replace(/^#?\/?/, '').split('/');
  if (rest.length > 0) return { page: 'nowhere' };
  if (first === '' && second === '') return { page: 'runs' };
  if (first === 'inbox' && second === '') return { page: 'inbox' };
  if (first !== 'runs' || !ID_PATTERN.test(second)) return { page: 'nowhere' };
  const run = runId(second);
  if (third === 'tasks' && fourth !== undefined) {
    return ID_PATTERN.test(fourth) ? { page: 'task', run, task: taskId(fourth) } : { page: 'nowhere' };
  }
  const view = RUN_VIEWS.find((name) => name === (third ?? 'tasks'));
  return view === undefined || fourth !== undefined ? { page: 'nowhere' } : { page: 'run', run, view };
}

/** The fragment that leads there. */
export function linkTo(route: Exclude<Route, { page: 'nowhere' }>): string {
  switch (route.page) {
    case 'runs':
      return '#/';
    case 'inbox':
      return '#/inbox';
    case 'run':
      return `#/runs/${route.run}${route.view === 'tasks' ? '' : `/${route.view}`}`;
    case 'task':
      return `#/runs/${route.run}/tasks/${route.task}`;
  }
}
