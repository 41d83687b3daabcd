/**
 * Takes over the work of killed workers as soon as another worker starts on the same machine, where it can see that
 * their processes have ended. Workers on other machines rely on timeouts: Temporal's heartbeats, and the lease.
 */
import { hostname } from 'node:os';
import proto from '@temporalio/proto';
import type { WorkflowService } from '@temporalio/client';
import type { Database } from '../db/database.js';
import { markWorkersDead, listLeasedWorkers, type LeasedWorker } from '../db/workers.js';
import { ownName, ownerState } from '../shared/owner.js';
import { isNotFound } from './fleet.js';
import type { Queue } from '../contract/payloads.js';

/** The Temporal server with its namespace, and the database. */
export interface TakeOverConnection {
  readonly service: WorkflowService;
  readonly namespace: string;
  readonly db: Pick<Database, 'pool'>;
}

/** Requests at once. Each takes a millisecond or two, and more would only queue in the server. */
const CONCURRENCY = 20;

/** The largest page that the server returns. */
const PAGE = 1_000;

/** The type of the failure that ends a dead worker's activity, so that Temporal retries it. */
export const WORKER_DIED = 'WorkerDied';

const WORKER_DIED_FAILURE = {
  message: 'Its worker died.',
  source: 'leadwright',
  // The retry has nothing to wait for.
  applicationFailureInfo: { type: WORKER_DIED, nextRetryDelay: { nanos: 1_000_000 } },
};

const { PENDING_ACTIVITY_STATE_STARTED: STARTED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: CANCEL_REQUESTED } =
  proto.temporal.api.enums.v1.PendingActivityState;

/** This process's identity in Temporal. Other workers on this machine can tell from it whether the process is alive. */
export function workerIdentity(): string {
  return `${ownName()}@${hostname()}`;
}

/**
 * Takes over from workers of this machine whose processes have ended. Their leases end, their activities fail and are
 * retried at once (or are cancelled, if that was requested), and their cached workflows go to other workers.
 * @returns how many activities were ended
 */
export async function takeOverFromDeadWorkers(context: TakeOverConnection): Promise<number> {
  const living = await listLeasedWorkers(context.db.pool);
  const dead = living.filter(({ owner }) => ownerState(owner) === 'dead');
  if (dead.length === 0) return 0;
  await markWorkersDead(
    context.db.pool,
    dead.map(({ id }) => id),
  );
  const resetsSticky =
    ranWorkflows(dead) && !ranWorkflows(living.filter((worker) => isOtherLiveWorker(worker, dead)));
  let ended = 0;
  for await (const page of listOpenWorkflows(context)) {
    await forEachConcurrently(page, async (execution) => {
      try {
        if (resetsSticky) await resetSticky(context, execution);
        ended += await endActivitiesOfDeadWorkers(context, execution);
      } catch (error) {
        // The workflow or the activity has ended meanwhile.
        if (!isNotFound(error)) throw error;
      }
    });
  }
  return ended;
}

function ranWorkflows(workers: readonly LeasedWorker[]): boolean {
  const queue: Queue = 'workflow';
  return workers.some(({ queues }) => queues.includes(queue));
}

/** Whether it is neither dead nor this process. */
function isOtherLiveWorker(worker: LeasedWorker, dead: readonly LeasedWorker[]): boolean {
  return !dead.includes(worker) && worker.owner !== ownName();
}

type Execution = proto.temporal.api.common.v1.IWorkflowExecution;

async function* listOpenWorkflows({ service, namespace }: TakeOverConnection): AsyncGenerator<Execution[]> {
  const query = `ExecutionStatus = 'Running' AND LeadwrightRun IS NOT NULL`;
  let nextPageToken: Uint8Array | undefined;
  do {
    const found = await service.listWorkflowExecutions({
      namespace,
      query,
      pageSize: PAGE,
      ...(nextPageToken && { nextPageToken }),
    });
    yield found.executions.flatMap(({ execution }) => execution ?? []);
    nextPageToken = found.nextPageToken;
  } while (nextPageToken.length > 0);
}

/** Makes the workflow's next task go to any worker, instead of waiting for the one that has it in memory. */
async function resetSticky({ service, namespace }: TakeOverConnection, execution: Execution): Promise<void> {
  await service.resetStickyTaskQueue({ namespace, execution });
}

async function endActivitiesOfDeadWorkers(
  { service, namespace }: TakeOverConnection,
  execution: Execution,
): Promise<number> {
  const { pendingActivities } = await service.describeWorkflowExecution({ namespace, execution });
  const abandoned = pendingActivities.filter(
    ({ state, lastWorkerIdentity }) =>
      (state === STARTED || state === CANCEL_REQUESTED) && ownerState(lastWorkerIdentity ?? '') === 'dead',
  );
  for (const { activityId, state } of abandoned) {
    const activity = {
      namespace,
      workflowId: execution.workflowId ?? '',
      runId: execution.runId ?? '',
      activityId: activityId ?? '',
      identity: workerIdentity(),
    };
    if (state === CANCEL_REQUESTED) await service.respondActivityTaskCanceledById(activity);
    else await service.respondActivityTaskFailedById({ ...activity, failure: WORKER_DIED_FAILURE });
  }
  return abandoned.length;
}

async function forEachConcurrently<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const remaining = items.values();
  const workThrough = async (): Promise<void> => {
    for (const item of remaining) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, workThrough));
}
