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
 * Detects a dead or suspended worker of an activity without a model call. Workers on the same machine take over at once
 * (src/worker/take-over.ts); this timeout covers the others. It is longer than the pauses of a busy machine.
 */
const DEAD_WORKER_TIMEOUT = '5s';

/** SQL statements and git on one commit: milliseconds. Without heartbeats: the timeout itself detects a dead worker. */
export const record = proxyActivities<RecordActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: DEAD_WORKER_TIMEOUT,
  retry: RETRY_RECORD,
  cancellationType: CANCELLATION_TYPE,
});

/**
 * These may run longer: they process many tasks, or a submission of thousands of files, or publish to the user's
 * repository, whose disk may be slow.
 * Heartbeats show that their worker is alive.
 */
export const landing = proxyActivities<LandingActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '2m',
  heartbeatTimeout: DEAD_WORKER_TIMEOUT,
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
  heartbeatTimeout: '10s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
  cancellationType: 'TRY_CANCEL',
});

/** Added to an activity's own limit, for reading the conversation before and recording the result after. */
const MARGIN_MS = 60_000;

/**
 * With a shorter timeout, the heartbeats of hundreds of open calls cost the Temporal server a third of a core. A call
 * whose worker died is made again within fifteen seconds: these ten and the pause before the retry.
 */
const MODEL_HEARTBEAT_TIMEOUT = '10s';

/**
 * Options for one model call. The activity enforces the call's own limit. Overloads are retried as long as they last:
 * at least once a minute, or when the provider asks for it (`retry-after`).
 */
export function modelActivities(generateTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.model,
    startToCloseTimeout: generateTimeoutMs + MARGIN_MS,
    heartbeatTimeout: MODEL_HEARTBEAT_TIMEOUT,
    retry: MODEL_RETRY,
    cancellationType: CANCELLATION_TYPE,
  };
}
export const model = proxyActivities<ModelActivities>(modelActivities(0));

/**
 * The plan's set-up before the first test may install packages: up to ten minutes (src/activities/support/judge-commit.ts) and
 * a margin.
 */
const SETUP_MS = 15 * 60_000;

/** Options for one command on one commit. Its own limit makes the verdict red; this one detects a hung worker. */
export function sandboxActivities(testTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.sandbox,
    startToCloseTimeout: testTimeoutMs + SETUP_MS + MARGIN_MS,
    // Only one test runs per core, so heartbeats are cheap.
    heartbeatTimeout: DEAD_WORKER_TIMEOUT,
    retry: RETRY_RECORD,
    cancellationType: CANCELLATION_TYPE,
  };
}

export const sandbox = proxyActivities<SandboxActivities>(sandboxActivities(0));
