/**
 * What a killed worker left goes on as soon as another one starts on its machine, where its end can be seen. Workers
 * elsewhere find out by timeouts: Temporal's heartbeats, and the lease.
 */
import { hostname } from 'node:os';
import proto from '@temporalio/proto';
import type { WorkflowService } from '@temporalio/client';
import type { Database } from '../db/database.js';
import { markWorkersDead, listLiveWorkers, type LiveWorker } from '../db/workers.js';
import { ownName, ownerState } from '../shared/owner.js';
import { isNotFound } from './fleet.js';
import type { Queue } from '../contract/payloads.js';

/** The server, and the namespace. */
export interface TakeOverConnection {
  readonly service: WorkflowService;
  readonly namespace: string;
  readonly db: Pick<Database, 'pool'>;
}

/** A question takes a millisecond or two: more at once would only queue in the server. */
const CONCURRENCY = 20;

/** As many as the server gives at a time. */
const PAGE = 1_000;

/** The failure that ends a dead worker's step, for Temporal to try it again. */
export const WORKER_DIED = 'WorkerDied';

const WORKER_DIED_FAILURE = {
  message: 'Its worker died.',
  source: 'leadwright',
  // A retry of this kind need not wait for anything to recover.
  applicationFailureInfo: { type: WORKER_DIED, nextRetryDelay: { nanos: 1_000_000 } },
};

const { PENDING_ACTIVITY_STATE_STARTED: STARTED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: TO_BE_CANCELLED } =
  proto.temporal.api.enums.v1.PendingActivityState;

/** This process's name in Temporal: it tells others of this machine whether it still lives. */
export function workerIdentity(): string {
  return `${ownName()}@${hostname()}`;
}

/**
 * Takes over from workers of this machine whose processes are gone: their leases end, their steps fail, to be tried
 * again at once (or are cancelled, where that was asked), and the workflows that they kept in memory go to whoever is
 * there. Gives how many steps that were.
 */
export async function takeOverFromDeadWorkers(context: TakeOverConnection): Promise<number> {
  const living = await listLiveWorkers(context.db.pool);
  const dead = living.filter(({ owner }) => ownerState(owner) === 'dead');
  if (dead.length === 0) return 0;
  await markWorkersDead(
    context.db.pool,
    dead.map(({ id }) => id),
  );
  const forget =
    ranWorkflows(dead) && !ranWorkflows(living.filter((worker) => isOtherLiveWorker(worker, dead)));
  let steps = 0;
  for await (const page of listOpenWorkflows(context)) {
    await forEachConcurrently(page, async (execution) => {
      try {
        if (forget) await resetSticky(context, execution);
        steps += await endActivitiesOfDeadWorkers(context, execution);
      } catch (error) {
        // It ended meanwhile, or its timeout came first.
        if (!isNotFound(error)) throw error;
      }
    });
  }
  return steps;
}

function ranWorkflows(workers: readonly LiveWorker[]): boolean {
  const queue: Queue = 'workflow';
  return workers.some(({ queues }) => queues.includes(queue));
}

/** Neither dead nor this process. */
function isOtherLiveWorker(worker: LiveWorker, dead: readonly LiveWorker[]): boolean {
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

/** Its next task goes to any worker, instead of waiting for the one that has it in memory. */
async function resetSticky({ service, namespace }: TakeOverConnection, execution: Execution): Promise<void> {
  await service.resetStickyTaskQueue({ namespace, execution });
}

async function endActivitiesOfDeadWorkers(
  { service, namespace }: TakeOverConnection,
  execution: Execution,
): Promise<number> {
  const { pendingActivities } = await service.describeWorkflowExecution({ namespace, execution });
  const left = pendingActivities.filter(
    ({ state, lastWorkerIdentity }) =>
      (state === STARTED || state === TO_BE_CANCELLED) && ownerState(lastWorkerIdentity ?? '') === 'dead',
  );
  for (const { activityId, state } of left) {
    const step = {
      namespace,
      workflowId: execution.workflowId ?? '',
      runId: execution.runId ?? '',
      activityId: activityId ?? '',
      identity: workerIdentity(),
    };
    if (state === TO_BE_CANCELLED) await service.respondActivityTaskCanceledById(step);
    else await service.respondActivityTaskFailedById({ ...step, failure: WORKER_DIED_FAILURE });
  }
  return left.length;
}

async function forEachConcurrently<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}
