/** Filtering, searching and sorting the list of runs, for the command line and the dashboard. Pure. */
import type { RunListEntry } from '../contract/run-view.js';
import { verifyWords } from './words/judgement-words.js';

/** What a list of runs can be sorted by: the newest, longest, dearest … first, names in alphabetical order. */
export const RUN_ORDERS = ['age', 'name', 'status', 'cost', 'duration', 'questions'] as const;
export type RunOrder = (typeof RUN_ORDERS)[number];

export interface RunSelection {
  /** Null for all statuses. */
  readonly status: RunListEntry['status'] | null;
  /** Part of a name, id or repository; empty for all. */
  readonly find: string;
  readonly order: RunOrder;
}

/** The selected runs in their order. @param runs the newest first @param now milliseconds since 1970 */
export function selectRuns(
  runs: readonly RunListEntry[],
  { status, find, order }: RunSelection,
  now: number,
): RunListEntry[] {
  const wanted = find.trim().toLowerCase();
  return runs
    .filter(
      (run) =>
        (status === null || run.status === status) &&
        `${run.runId} ${run.name} ${run.repo}`.toLowerCase().includes(wanted),
    )
    .sort(COMPARE[order](now));
}

type Compare = (a: RunListEntry, b: RunListEntry) => number;
const byText =
  (text: (run: RunListEntry) => string): Compare =>
  (a, b) =>
    text(a).localeCompare(text(b));
const largestFirst =
  (size: (run: RunListEntry) => number): Compare =>
  (a, b) =>
    size(b) - size(a);

const COMPARE: Readonly<Record<RunOrder, (now: number) => Compare>> = {
  // The list comes in this order.
  age: () => () => 0,
  name: () => byText(({ name }) => name),
  status: () => byText(({ status }) => status),
  cost: () => largestFirst(({ costUsd }) => costUsd),
  duration: (now) => largestFirst((run) => runDurationMs(run, now)),
  questions: () => largestFirst(({ questions }) => questions),
};

/** Milliseconds from a run's start to its end, or to now while it is open. */
export function runDurationMs(
  { startedAt, finishedAt }: Pick<RunListEntry, 'startedAt' | 'finishedAt'>,
  now: number,
): number {
  return Math.max(0, (finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt));
}

/** What qualifies a run, such as `verify failed, 2 accepted without passing tests`; null when nothing does. */
export function runDoubt({ status, verify, tasks }: RunListEntry): string | null {
  const words = [
    verifyWords(status, verify),
    tasks.unproven === 0 ? null : `${tasks.unproven} accepted without passing tests`,
  ].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(', ');
}
