/**
 * The list of all activities: one file and one entry each. The group decides on which queue an activity runs and which
 * timeouts and retries it has (`src/workflows/activity-options.ts`). The entry's name is its name in Temporal.
 */
import type { Queue } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { apply } from './apply.js';
import { cancelRun } from './cancel-run.js';
import { checkBase } from './check-base.js';
import { failTask } from './fail-task.js';
import { land } from './land.js';
import { loadGraph } from './load-graph.js';
import { notify } from './notify.js';
import { openTask } from './open-task.js';
import { pendingNotifications } from './pending-notifications.js';
import { reportRun } from './report-run.js';
import { runCalls } from './run-calls.js';
import { test } from './test.js';
import { testMerge } from './test-merge.js';
import { tryTest } from './try-test.js';
import { turn } from './turn.js';
import { verify } from './verify.js';

/** SQL statements and git on one commit: milliseconds. */
const record = { loadGraph, openTask, failTask, reportRun };

/** Many tasks or many files at once, and writes to the user's repository: seconds. */
const landing = { apply, land, cancelRun };

/** The user's commands and URLs, which may be unavailable for hours. */
const notifications = { pendingNotifications, notify };

/** Waits for the network. */
const model = { turn };

/** Keeps a processor busy. */
const sandbox = { checkBase, tryTest, runCalls, test, testMerge, verify };

/** The activities of each queue. */
const ACTIVITIES = {
  workflow: { ...record, ...landing, ...notifications },
  model,
  sandbox,
} as const satisfies Record<Queue, Group>;

type Group = Readonly<Record<string, (context: ActivityContext, input: never) => Promise<unknown>>>;

/** A group without the context parameter: as a worker registers it and a workflow calls it. */
type Bound<G extends Group> = {
  readonly [Name in keyof G]: (input: Parameters<G[Name]>[1]) => ReturnType<G[Name]>;
};

export type RecordActivities = Bound<typeof record>;
export type LandingActivities = Bound<typeof landing>;
export type NotificationActivities = Bound<typeof notifications>;
export type ModelActivities = Bound<typeof model>;
export type SandboxActivities = Bound<typeof sandbox>;
/** Every activity, by its name. */
export type Activities = RecordActivities &
  LandingActivities &
  NotificationActivities &
  ModelActivities &
  SandboxActivities;

/** The names of all activities. */
export const ACTIVITY_NAMES = Object.values(ACTIVITIES).flatMap(
  (group) => Object.keys(group) as (keyof Activities)[],
);

/** The activities of a queue, bound to a worker's context. */
export function activitiesOf<Q extends Queue>(
  queue: Q,
  context: ActivityContext,
): Bound<(typeof ACTIVITIES)[Q]> {
  const bound: Record<string, (input: never) => Promise<unknown>> = {};
  for (const [name, activity] of Object.entries<Group[string]>(ACTIVITIES[queue])) {
    bound[name] = (input) => activity(context, input);
  }
  // The cast is safe: the names and functions are the same, but Object.entries loses their types.
  return bound as Bound<(typeof ACTIVITIES)[Q]>;
}
