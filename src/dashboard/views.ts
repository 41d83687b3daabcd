/**
 * The views of the dashboard. To add one, write its component and add one entry to VIEWS.
 * Components are loaded when they are first shown, so that the first view comes with little script.
 */
import type { Component } from 'svelte';
import { ID_PATTERN, runId, taskId, type RunId, type TaskId } from '../contract/ids.js';
import { matchPath, type ParameterName } from './route.js';
import type { LiveRun } from './run/live-run.svelte.js';
import { parseTab, type RunTab } from './run/run-tabs.js';

/** What a path can hold: the type of each parameter. */
interface Parameters {
  readonly run: RunId;
  readonly task: TaskId;
  readonly tab: RunTab;
}

/** Reads a parameter from its segment, which is undefined when it is absent; null when it is not valid. */
type ParameterParser<Value> = (segment?: string) => Value | null;

const parseRun: ParameterParser<RunId> = (segment = '') => (ID_PATTERN.test(segment) ? runId(segment) : null);
const parseTask: ParameterParser<TaskId> = (segment = '') =>
  ID_PATTERN.test(segment) ? taskId(segment) : null;

/** The props of a view: the parameters of its path and, if one of them is `run`, the run itself. */
type PropsFor<Path extends string> = Pick<Parameters, ParameterName<Path> & keyof Parameters> &
  ('run' extends ParameterName<Path> ? { readonly live: LiveRun } : unknown);

interface ViewDefinition<Props extends Record<string, unknown>, Path = string> {
  /** The address after `#`, with the parameters that the component takes as props. */
  readonly path: Path;
  /** The title of the browser's tab, before " · Leadwright". */
  readonly title: (props: Props) => string;
  /** The label in the navigation of the header; absent for views that are reached from others. */
  readonly menu?: string;
  readonly load: () => Promise<{ readonly default: Component<Props> }>;
}

/** What App passes to every view: the props of its path are always among them. */
export type ViewProps = Partial<Parameters> & { readonly live?: LiveRun };
export type View = ViewDefinition<ViewProps>;

/** Checks that the component and the title need no other props than those of the path. */
function view<const Path extends string>(definition: ViewDefinition<PropsFor<Path>, Path>): View {
  // `findRoute` and App pass the props that the path names, which TypeScript cannot follow through a lookup.
  return definition as View;
}

export const VIEWS = {
  runs: view({
    path: '/',
    title: () => 'Runs',
    menu: 'Runs',
    load: () => import('./runs/RunsPage.svelte'),
  }),
  inbox: view({
    path: '/inbox',
    title: () => 'Inbox',
    menu: 'Inbox',
    load: () => import('./inbox/InboxPage.svelte'),
  }),
  run: view({
    path: '/runs/:run/:tab?',
    title: ({ live, run }) =>
      live.state === null ? run : `${live.state.graph.name}: ${live.state.graph.status}`,
    load: () => import('./run/RunPage.svelte'),
  }),
  task: view({
    path: '/runs/:run/tasks/:task',
    title: ({ live, task }) => live.state?.graph.tasks.find(({ id }) => id === task)?.title ?? task,
    load: () => import('./task/TaskPage.svelte'),
  }),
  notFound: view({
    path: '/not-found',
    title: () => 'Page not found',
    load: () => import('./NotFoundPage.svelte'),
  }),
};

/** A view and the parameters of its path. */
export interface Route {
  readonly view: View;
  readonly parameters: Partial<Parameters>;
}

/** Finds the view for a fragment such as `#/runs/bookshop/timeline`. */
export function findRoute(fragment: string): Route {
  for (const candidate of Object.values(VIEWS)) {
    const segments = matchPath(candidate.path, fragment);
    const parameters = segments === null ? null : readParameters(segments);
    if (parameters !== null) return { view: candidate, parameters };
  }
  return { view: VIEWS.notFound, parameters: {} };
}

type Segments = ReadonlyMap<string, string | undefined>;

/** Null when a segment is not valid. */
function readParameters(segments: Segments): Partial<Parameters> | null {
  const found: { -readonly [Name in keyof Parameters]?: Parameters[Name] } = {};
  const read = <Name extends keyof Parameters>(
    name: Name,
    parse: ParameterParser<Parameters[Name]>,
  ): boolean => {
    if (!segments.has(name)) return true;
    const value = parse(segments.get(name));
    if (value !== null) found[name] = value;
    return value !== null;
  };
  return read('run', parseRun) && read('task', parseTask) && read('tab', parseTab) ? found : null;
}
