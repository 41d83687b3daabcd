/**
 * The list of all activities: one file and one entry each. The group decides on which queue an activity runs and which
 * timeouts and retries it has (`src/workflows/activity-options.ts`). The entry's name is its name in Temporal.
 */
import type { Queue } from '../contract/payloads.js';
import type { ActivityContext } from './support/activity-context.js';
import { cancelRun } from './cancel-run.js';
import { checkBase } from './check-base.js';
import { failTask } from './fail-task.js';
import { land } from './land.js';
import { loadGraph } from './load-graph.js';
import { notify } from './notify.js';
import { notifyEnd } from './notify-end.js';
import { pendingNotifications } from './pending-notifications.js';
import { reportRun } from './report-run.js';
import { runCalls } from './run-calls.js';
import { test } from './test.js';
import { testMerge } from './test-merge.js';
import { withStore } from './support/store-outage.js';
import { tryTest } from './try-test.js';
import { turn } from './turn.js';
import { verify } from './verify.js';

// The lead's workflow, a task's workflow, or both call an activity: the first three constants say which, and within them
// the groups decide on the queue, the timeouts and the retries.

const OF_LEAD = {
  record: { loadGraph, reportRun },
  landing: { land: withStore(land), cancelRun },
  notifications: { pendingNotifications, notify, notifyEnd },
  sandbox: { checkBase, testMerge: withStore(testMerge), verify: withStore(verify) },
};

const OF_TASK = {
  model: { turn: withStore(turn) },
  sandbox: { tryTest: withStore(tryTest), runCalls: withStore(runCalls), test: withStore(test) },
};

const OF_BOTH = { record: { failTask } };

/** SQL statements and git on one commit: milliseconds. */
const record = { ...OF_LEAD.record, ...OF_BOTH.record };

/** Many tasks at once, and writes to the user's repository: seconds. */
const { landing } = OF_LEAD;

/** The user's commands and URLs, which may be unavailable for hours. */
const { notifications } = OF_LEAD;

/** Waits for the network. */
const { model } = OF_TASK;

/** Keeps a processor busy. */
const sandbox = { ...OF_LEAD.sandbox, ...OF_TASK.sandbox };

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

/** The names of the activities that each kind of workflow may call. */
export const CALLABLE: Readonly<Record<'projectRun' | 'taskRun', readonly string[]>> = {
  projectRun: [OF_LEAD, OF_BOTH].flatMap(namesIn),
  taskRun: [OF_TASK, OF_BOTH].flatMap(namesIn),
};

function namesIn(groups: Readonly<Record<string, Group>>): string[] {
  return Object.values(groups).flatMap((group) => Object.keys(group));
}

/** The activities of a queue, bound to a worker's context, which may still be opening. */
export function activitiesOf<Q extends Queue>(
  queue: Q,
  context: ActivityContext | Promise<ActivityContext>,
): Bound<(typeof ACTIVITIES)[Q]> {
  const bound: Record<string, (input: never) => Promise<unknown>> = {};
  for (const [name, activity] of Object.entries<Group[string]>(ACTIVITIES[queue])) {
    bound[name] = async (input) => activity(await context, input);
  }
  // The cast is safe: the names and functions are the same, but Object.entries loses their types.
  return bound as Bound<(typeof ACTIVITIES)[Q]>;
}
