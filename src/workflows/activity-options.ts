/** The activities as workflows call them: queue, timeouts and retries of each, with the reason. */
import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type {
  LandingActivities,
  ModelActivities,
  NotificationActivities,
  RecordActivities,
  SandboxActivities,
} from '../activities/index.js';
import { TASK_QUEUES } from '../contract/payloads.js';

/** A database that restarts is back in seconds; nothing is gained by asking more often than every ten. */
const RETRY_RECORD = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/**
 * A cancelled activity is waited for: what it may still write comes before the last word of whoever
 * cancelled it, never after.
 */
const AWAITED = 'WAIT_CANCELLATION_COMPLETED' as const;

/**
 * How long a step that needs no model may stall when its worker dies where no other one sees it (those of its machine
 * take over at once, src/worker/take-over.ts), or sleeps. A pause of a busy machine still fits.
 */
const STALL = '5s';

/** Statements and git on one commit: milliseconds. They show no heartbeats: their own time finds a dead worker. */
export const record = proxyActivities<RecordActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: STALL,
  retry: RETRY_RECORD,
  cancellationType: AWAITED,
});

/**
 * Landing publishes to the user's repository, whose disk may be slow, and a landing or a cancellation takes
 * many tasks at once: they may run longer, and show by heartbeats that their worker lives.
 */
export const landing = proxyActivities<LandingActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '2m',
  heartbeatTimeout: STALL,
  retry: RETRY_RECORD,
  cancellationType: AWAITED,
});

/**
 * A command of a person's may take a minute, and the record is written before and after it. Tried again for as
 * long as the record allows (src/db/notifications.ts): soon at first, every ten minutes while a receiver is away. A run
 * that is cancelled waits for no telling.
 */
export const notifications = proxyActivities<NotificationActivities>({
  taskQueue: TASK_QUEUES.workflow,
  startToCloseTimeout: '90s',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
  cancellationType: 'TRY_CANCEL',
});

/** A margin over a step's own limit: reading the conversation before it, recording the result after it. */
const MARGIN_MS = 60_000;

/**
 * Below ten seconds the heartbeats of hundreds of open calls cost the server a third of a core. A call whose worker
 * died is made again within fifteen: these ten, and the retry's pause.
 */
const HEARTBEAT = '10s';

/**
 * One model call. Its own limit is kept inside the activity, on the wire; overloads are retried for as long
 * as they last, once a minute at the slowest, or when the provider says (`retry-after`).
 */
export function modelActivities(generateTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.model,
    startToCloseTimeout: generateTimeoutMs + MARGIN_MS,
    heartbeatTimeout: HEARTBEAT,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
    cancellationType: AWAITED,
  };
}
export const model = proxyActivities<ModelActivities>(modelActivities(0));

/** Set-up before a first test may install packages: as long again as a test may take, and at least this. */
const SETUP_MS = 15 * 60_000;

/** One command on one commit. The command's own limit makes a red verdict; this one finds a hung worker. */
export function sandboxActivities(testTimeoutMs: number): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.sandbox,
    startToCloseTimeout: testTimeoutMs + SETUP_MS + MARGIN_MS,
    // There are as many at once as cores: their heartbeats cost nothing.
    heartbeatTimeout: STALL,
    retry: RETRY_RECORD,
    cancellationType: AWAITED,
  };
}

export const sandbox = proxyActivities<SandboxActivities>(sandboxActivities(0));
