/** Activity proxies for the workflows: task queue, timeouts and retries of each group, with the reasons. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type {
  LandingActivities,
  ModelActivities,
  NotificationActivities,
  RecordActivities,
  SandboxActivities,
} from '../activities/index.js';
import { TASK_QUEUES } from '../contract/payloads.js';
import { MODEL_RETRY } from '../shared/model-retries.js';

/** A restarted database is back within seconds. Retries more often than every ten seconds gain nothing. */
const RETRY_RECORD = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/**
 * A workflow waits until its cancelled activities have ended, so that none of them writes after the workflow has
 * recorded the cancellation.
 */
const CANCELLATION_TYPE = 'WAIT_CANCELLATION_COMPLETED' as const;

/**
 * SQL statements and git on one commit: milliseconds. Without heartbeats: this timeout itself detects a dead worker. It
 * is longer than the pauses of a busy machine.
 */
export const record = proxyActivities<RecordActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '5s',
  retry: RETRY_RECORD,
  cancellationType: CANCELLATION_TYPE,
});

/**
 * The other workers hand over the activities of a dead worker as soon as its lease has ended (src/worker/take-over.ts).
 * This timeout covers what they cannot see: a worker that renews its lease and has lost an activity, and a fleet of one
 * worker that does not come back. Heartbeats are sent every 30 seconds (src/activities/support/heartbeat.ts).
 */
const HEARTBEAT_TIMEOUT = '60s';

/** These may run longer: they process many tasks, or publish to the user's repository, whose disk may be slow. */
export const landing = proxyActivities<LandingActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '2m',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: RETRY_RECORD,
  cancellationType: CANCELLATION_TYPE,
});

/**
 * A user's notification command may take a minute; the record is read before it and written after it. Retries stop when
 * the record allows no more (src/db/notifications.ts): the first ones come soon, later ones every ten minutes while the
 * receiver is unreachable. A cancelled run does not wait for notifications.
 */
export const notifications = proxyActivities<NotificationActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '90s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
  cancellationType: 'TRY_CANCEL',
});

/**
 * Added to an activity's own limit: for the conversation, the repo map (two minutes at most) and the wait for a slot (20
 * seconds) before, and for the record of the result and the commit of thousands of files after. A dead worker is
 * detected earlier.
 */
const MARGIN_MS = 5 * 60_000;

/**
 * The plan's set-up before the first test may install packages: up to ten minutes (src/activities/support/judge-commit.ts) and
 * a margin.
 */
const SETUP_MS = 15 * 60_000;

/**
 * Options for one model call and the test of what it submits. The activity enforces the limits of both. Overloads are retried as long as they last:
 * at least once a minute, or when the provider asks for it (`retry-after`).
 */
export function modelActivities(generateTimeoutMs: number, testTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.model,
    startToCloseTimeout: generateTimeoutMs + testTimeoutMs + SETUP_MS + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: MODEL_RETRY,
    cancellationType: CANCELLATION_TYPE,
  };
}
export const model = proxyActivities<ModelActivities>(modelActivities(0, 0));

/** Options for one command on one commit. Its own limit makes the verdict red; this one detects a hung worker. */
export function sandboxActivities(testTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.sandbox,
    startToCloseTimeout: testTimeoutMs + SETUP_MS + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: RETRY_RECORD,
    cancellationType: CANCELLATION_TYPE,
  };
}

export const sandbox = proxyActivities<SandboxActivities>(sandboxActivities(0));
