import { availableParallelism } from 'node:os';
import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { activitiesOf } from '../activities/index.js';
import type { ActivityContext } from '../activities/activity-context.js';
import { createDataConverter } from '../encryption/data-converter.js';
import type { Tracing } from '../tracing/temporal-tracing.js';
import { NO_SINKS } from '../tracing/workflow-spans.js';
import { TASK_QUEUES, type Queue } from '../contract/payloads.js';
import { activityAttributes } from './span-attributes.js';
import { workflowBundle } from './bundle.js';
import { recordFinalFailures } from './interceptor.js';
import { workerIdentity } from './take-over.js';
import { deploymentOptions } from './version.js';

/** The kinds of work that a worker process can take. */
export const QUEUES = ['workflow', 'model', 'sandbox'] as const satisfies readonly Queue[];

export interface WorkerSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queues: readonly Queue[];
  /** The build as which it belongs to a fleet; left out for the embedded stack's one worker, which has no version. */
  readonly build?: string | undefined;
  /** Where spans are kept, if they are. */
  readonly tracing?: Tracing | null;
}

/** Calls wait for the network: a thousand at once cost a process some 100 MB and little else. */
const MODEL_CALLS = 1_000;

/** Statements and git: enough to keep the database's connections busy. */
const RECORD_ACTIVITIES = 40;

/**
 * Every open agent's workflow stays in memory: a small cache saves little and doubles the processor time,
 * because whole histories are replayed.
 */
const CACHED_WORKFLOWS = 2_000;

/**
 * How soon a heartbeat may follow another to the server. It brings the cancellation back, so this is how long
 * a cancel takes to reach an activity at the most.
 */
const HEARTBEAT_THROTTLE = '2s';

/** A cached workflow's worker that does not answer in this time has died: another one takes its task. */
const STICKY = '2s';

/** What is in flight when a worker is told to stop may end in this time; then it goes to another worker. */
const SHUTDOWN_GRACE_MS = 3_000;

/** Workers of this process, one for each of its queues: each is limited by what limits that kind of work. */
export async function createWorkers(context: ActivityContext, settings: WorkerSettings): Promise<Worker[]> {
  return Promise.all(settings.queues.map((queue) => Worker.create(optionsOf(queue, context, settings))));
}

/**
 * Tells the workers of a process to stop. After the grace Temporal stops what is still in flight, but for what it
 * has given up before: that is stopped here, so that a model call that goes on for its answer holds nobody up.
 */
export function stopWorkers(
  workers: readonly Pick<Worker, 'getState' | 'shutdown'>[],
  { cancels }: Pick<ActivityContext, 'cancels'>,
): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  setTimeout(() => cancels.tellAll(), SHUTDOWN_GRACE_MS).unref();
}

function optionsOf(queue: Queue, context: ActivityContext, settings: WorkerSettings): WorkerOptions {
  const dataConverter = createDataConverter(context.env);
  const work = workOf(queue, context, dataConverter, settings.tracing ?? null);
  return { ...workerOptions(queue, settings), ...work, dataConverter };
}

/** What a worker of that queue does. */
function workOf(
  queue: Queue,
  context: ActivityContext,
  dataConverter: DataConverter,
  tracing: Tracing | null,
): Pick<WorkerOptions, 'workflowBundle' | 'activities' | 'sinks'> {
  const activities = activitiesOf(queue, context);
  if (queue !== 'workflow') return { activities };
  return { workflowBundle: workflowBundle(dataConverter), activities, sinks: tracing?.sinks ?? NO_SINKS };
}

/** How a worker of that queue works, whatever it does: its limits, its pollers, its times. */
export function workerOptions(
  queue: Queue,
  {
    connection,
    namespace,
    build,
    tracing,
  }: Pick<WorkerSettings, 'connection' | 'namespace' | 'build' | 'tracing'>,
): WorkerOptions {
  const common: WorkerOptions = {
    connection,
    namespace,
    taskQueue: TASK_QUEUES[queue],
    identity: workerIdentity(),
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    // The span is around all, so that what is said of the work is said of it.
    interceptors: {
      activity: [...(tracing ? [tracing.activity] : []), activityAttributes, recordFinalFailures],
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
        stickyQueueScheduleToStartTimeout: STICKY,
        workflowTaskPollerBehavior: { type: 'autoscaling' },
      };
    case 'model':
      return { ...common, maxConcurrentActivityTaskExecutions: MODEL_CALLS };
    case 'sandbox':
      // A slot per core: more at once would only make each test slower, and time out.
      return { ...common, maxConcurrentActivityTaskExecutions: availableParallelism() };
  }
}
