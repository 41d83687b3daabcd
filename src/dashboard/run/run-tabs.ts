/** The tabs of a run's page. To add one, write its component and add one entry to RUN_TABS. */
import type { Component } from 'svelte';
import type { LiveRun } from './live-run.svelte.js';
import type { RunState } from './run-state.js';

export interface RunTabProps {
  readonly live: LiveRun;
  /** The newest state of `live`. */
  readonly run: RunState;
}

interface RunTabDefinition {
  /** Its label; its key in RUN_TABS is its name in the address. */
  readonly title: string;
  readonly load: () => Promise<{ readonly default: Component<RunTabProps> }>;
}

/** In the order of the page; the first is shown when the address names none. */
export const RUN_TABS = {
  tasks: { title: 'Tasks', load: () => import('./TasksTab.svelte') },
  timeline: { title: 'Timeline', load: () => import('../timeline/TimelineTab.svelte') },
  money: { title: 'Money', load: () => import('../usage/UsageTab.svelte') },
} satisfies Readonly<Record<string, RunTabDefinition>>;

export type RunTab = keyof typeof RUN_TABS;

export const FIRST_TAB: RunTab = 'tasks';

/** The tab that an address names, the first one when it names none; null when there is no such tab. */
export function parseTab(name: string = FIRST_TAB): RunTab | null {
  return isTab(name) ? name : null;
}

function isTab(name: string): name is RunTab {
  return Object.hasOwn(RUN_TABS, name);
}
