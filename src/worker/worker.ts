import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { activitiesOf } from '../activities/index.js';
import type { ActivityContext } from '../activities/support/activity-context.js';
import { createDataConverter } from '../encryption/data-converter.js';
import type { Tracing } from '../tracing/temporal-tracing.js';
import { TASK_QUEUES, type Queue } from '../contract/payloads.js';
import type { Environment } from '../shared/config.js';
import { COMMANDS_AT_ONCE } from '../sandbox/limits/commands-at-once.js';
import { activityAttributes } from './span-attributes.js';
import { workflowBundle } from './bundle.js';
import { withoutCallStacks } from './call-stacks.js';
import { checkCaller } from './check-caller.js';
import { recordFinalFailures } from './interceptor.js';
import { underLivingName, type LivingLease } from './living-name.js';
import type { TaskHold } from './task-hold.js';
import { workflowSinks } from './workflow-sinks.js';
import { wrapResult } from './wrap-result.js';
import type { OwnActivities } from './own-activities.js';
import { workerIdentity } from './take-over.js';
import { deploymentOptions } from './version.js';

export interface WorkerSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queues: readonly Queue[];
  /** The build's id in a fleet; absent for the local stack's only worker, which has no version. */
  readonly build?: string | undefined;
  /** Records spans; null or absent without tracing. */
  readonly tracing?: Tracing | null;
  /** Notes what runs. */
  readonly own?: Pick<OwnActivities, 'interceptor'>;
  /** Holds back the steps of tasks (their turns, commands and tests) for a lead. One for all queues of the process. */
  readonly hold?: TaskHold;
  /** The lease of this process, which may still be taken. */
  readonly lease?: Promise<LivingLease>;
}

/** Model calls at once. They wait for the network: a thousand cost a process some 100 MB and little else. */
const MODEL_CALLS = 1_000;

/** Activities at once with SQL statements and git: enough to keep the database connections busy. */
const RECORD_ACTIVITIES = 40;

/**
 * Enough to keep every open workflow in memory. A small cache saves little and doubles the processor time, because
 * whole histories are replayed.
 */
const CACHED_WORKFLOWS = 2_000;

/**
 * The shortest time between two heartbeats of an activity to the server. Activities send one every 30 seconds, and only
 * those of a cancelled run more often (src/activities/support/heartbeat.ts): those must not be held back.
 */
const HEARTBEAT_THROTTLE = '500ms';

/**
 * If the worker that has a workflow in its cache does not take a task in this time, any worker may take it. A worker
 * that is alone comes back within a second, and has nobody to take its tasks while it is busy. In a fleet a busy worker
 * should keep its workflows, because another one has to replay them; for a dead one the others do not wait this long
 * (take-over.ts).
 */
const STICKY = { alone: '2s', inFleet: '10s' } as const;

/** How long running activities may take to end when a worker stops; after that they go to another worker. */
const SHUTDOWN_GRACE_MS = 3_000;

/**
 * Creates the workers of this process: one for each queue, with that queue's limits.
 * @param env names the keys for payloads, if any
 * @param context of the activities, which need it once the workers run
 */
export async function createWorkers(
  env: Environment,
  context: Promise<ActivityContext>,
  settings: WorkerSettings,
): Promise<Worker[]> {
  const dataConverter = await createDataConverter(env);
  return withoutCallStacks(() =>
    Promise.all(
      settings.queues.map((queue) => Worker.create(optionsFor(queue, context, settings, dataConverter))),
    ),
  );
}

/**
 * Stops the workers of a process. After the grace period Temporal cancels the running activities, except for those that
 * it has given up before (paid model calls that run to their end). Those are stopped here, so that they do not delay
 * the exit.
 */
export function stopWorkers(
  workers: readonly Pick<Worker, 'getState' | 'shutdown'>[],
  { cancels }: Pick<ActivityContext, 'cancels'>,
): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  setTimeout(() => cancels.cancelAll(), SHUTDOWN_GRACE_MS).unref();
}

function optionsFor(
  queue: Queue,
  context: Promise<ActivityContext>,
  settings: WorkerSettings,
  dataConverter: DataConverter,
): WorkerOptions {
  const work = workFor(queue, context, dataConverter, settings);
  return { ...workerOptions(queue, settings), ...work, dataConverter };
}

/** The workflows or activities of a queue's worker. */
function workFor(
  queue: Queue,
  context: Promise<ActivityContext>,
  dataConverter: DataConverter,
  { tracing, hold }: Pick<WorkerSettings, 'tracing' | 'hold'>,
): Pick<WorkerOptions, 'workflowBundle' | 'activities' | 'sinks'> {
  const activities = activitiesOf(queue, context);
  if (queue !== 'workflow') return { activities };
  const sinks = workflowSinks(tracing, (ms) => hold?.hold(ms));
  return { workflowBundle: workflowBundle(dataConverter), activities, sinks };
}

/** A queue's worker options apart from its work: limits, pollers and timeouts. */
export function workerOptions(
  queue: Queue,
  {
    connection,
    namespace,
    build,
    tracing,
    own,
    hold,
    lease,
  }: Pick<WorkerSettings, 'connection' | 'namespace' | 'build' | 'tracing' | 'own' | 'hold' | 'lease'>,
): WorkerOptions {
  const common: WorkerOptions = {
    connection,
    namespace,
    taskQueue: TASK_QUEUES[queue],
    identity: workerIdentity(),
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    // Tracing comes next, so that the span covers the other interceptors and they can describe it.
    interceptors: {
      activity: [
        ...(own ? [own.interceptor] : []),
        // Before tracing: the span of an activity is its own time. Activities of the workflow queue are not held: they take
        // milliseconds and have a timeout of seconds, and held ones would take the slots of those that the lead waits for.
        ...(hold && queue !== 'workflow' ? [hold.interceptor] : []),
        ...(tracing ? [tracing.activity] : []),
        activityAttributes,
        recordFinalFailures,
        ...(lease ? [underLivingName(lease)] : []),
        checkCaller,
        wrapResult,
      ],
    },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    ...(build === undefined ? {} : { workerDeploymentOptions: deploymentOptions(build) }),
  };
  switch (queue) {
    case 'workflow':
      return {
        ...common,
        maxConcurrentActivityTaskExecutions: RECORD_ACTIVITIES,
        maxCachedWorkflows: CACHED_WORKFLOWS,
        stickyQueueScheduleToStartTimeout: build === undefined ? STICKY.alone : STICKY.inFleet,
        workflowTaskPollerBehavior: { type: 'autoscaling' },
      };
    case 'model':
      return { ...common, maxConcurrentActivityTaskExecutions: MODEL_CALLS };
    case 'sandbox':
      // More at once would make each test slower, until it times out.
      return { ...common, maxConcurrentActivityTaskExecutions: COMMANDS_AT_ONCE };
  }
}
