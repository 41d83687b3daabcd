/**
 * Hands the activities of dead workers over to living ones: it fails them by their ids, so that Temporal retries them. A
 * worker is dead when its process has ended on this machine, or when its lease has expired, wherever it ran. Activities that
 * this process should run, but that never arrived, are ended in the same way.
 */
import { hostname } from 'node:os';
import proto from '@temporalio/proto';
import type { WorkflowService } from '@temporalio/client';
import { runBranch } from '../contract/names.js';
import type { Queue } from '../contract/payloads.js';
import type { Database } from '../db/database.js';
import { listOpenRuns } from '../db/open-work.js';
import { inPass, listDeadOwners } from '../db/workers.js';
import { OWNER_PATTERN, ownName, ownerState } from '../shared/process/owner.js';
import { forEachConcurrently } from '../shared/async/for-each-concurrently.js';
import { isNotFound } from './fleet.js';
import type { OwnActivities } from './own-activities.js';

/** The Temporal server with its namespace, and the database. */
export interface TakeOverConnection {
  readonly service: WorkflowService;
  readonly namespace: string;
  readonly db: Pick<Database, 'pool'>;
  /** What this process runs. */
  readonly own: Pick<OwnActivities, 'isLost' | 'endPass'>;
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

/** This process's identity in Temporal. Other workers tell from it whether the process is alive. */
export function workerIdentity(): string {
  return `${ownName()}@${hostname()}`;
}

export function servesWorkflows(queues: readonly string[]): boolean {
  const queue: Queue = 'workflow';
  return queues.includes(queue);
}

/**
 * Ends the activities of all dead workers in all open workflows: they are retried at once, or cancelled if that was
 * requested. Safe to repeat. One worker at a time does it: an activity is ended by its id, so of two that see the same
 * dead worker's attempt, the second one would end the attempt that follows it.
 * @param resetsSticky whether the workflows go to any worker next, instead of waiting for the one that has them in memory
 * @returns how many activities were ended; null when another worker is at it
 */
export async function endAbandonedActivities(
  connection: TakeOverConnection,
  resetsSticky: boolean,
): Promise<number | null> {
  return inPass(connection.db, () => passOver(connection, resetsSticky));
}

async function passOver(connection: TakeOverConnection, resetsSticky: boolean): Promise<number> {
  const deadOwners = await listDeadOwners(connection.db.pool);
  const isDead = (identity: string) => ownerState(identity) === 'dead' || deadOwners.has(ownerOf(identity));
  const seen = new Set<string>();
  let ended = 0;
  /** Visits the executions, the children that they wait for, and so on. */
  const visit = async (executions: readonly Execution[]): Promise<void> => {
    const children: Execution[] = [];
    const unseen = executions.filter(({ workflowId }) => !seen.has(workflowId ?? ''));
    for (const { workflowId } of unseen) seen.add(workflowId ?? '');
    await forEachConcurrently(unseen, CONCURRENCY, async (execution) => {
      try {
        if (resetsSticky) await resetSticky(connection, execution);
        const visited = await visitWorkflow(connection, execution, isDead);
        ended += visited.ended;
        children.push(...visited.children);
      } catch (error) {
        // The workflow has ended meanwhile.
        if (!isNotFound(error)) throw error;
      }
    });
    if (children.length > 0) await visit(children);
  };
  // The server's list shows a new workflow only after a while, so the record and the parents name them first.
  const runs = await listOpenRuns(connection.db.pool);
  await visit(runs.map((run) => ({ workflowId: runBranch(run) })));
  for await (const page of listOpenWorkflows(connection)) await visit(page);
  connection.own.endPass();
  return ended;
}

/** The owner in a worker's identity; empty when there is none. */
function ownerOf(identity: string): string {
  return OWNER_PATTERN.exec(identity)?.[0] ?? '';
}

type Execution = proto.temporal.api.common.v1.IWorkflowExecution;
type PendingActivity = proto.temporal.api.workflow.v1.IPendingActivityInfo;

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

/** Ends a workflow's activities that dead workers have taken, or that never arrived here. @returns how many, and its open children */
async function visitWorkflow(
  { service, namespace, own }: TakeOverConnection,
  execution: Execution,
  isDead: (identity: string) => boolean,
): Promise<{ readonly ended: number; readonly children: readonly Execution[] }> {
  const described = await service.describeWorkflowExecution({ namespace, execution });
  const runId = described.workflowExecutionInfo?.execution?.runId ?? '';
  const isLost = ({ lastWorkerIdentity, activityId, attempt }: PendingActivity) =>
    lastWorkerIdentity === workerIdentity() &&
    own.isLost({ executionId: runId, activityId: activityId ?? '', attempt: attempt ?? 0 });
  const abandoned = described.pendingActivities.filter(
    (activity) =>
      (activity.state === STARTED || activity.state === CANCEL_REQUESTED) &&
      (isDead(activity.lastWorkerIdentity ?? '') || isLost(activity)),
  );
  let ended = 0;
  for (const { activityId, state } of abandoned) {
    const activity = {
      namespace,
      workflowId: execution.workflowId ?? '',
      runId,
      activityId: activityId ?? '',
      identity: workerIdentity(),
    };
    try {
      if (state === CANCEL_REQUESTED) await service.respondActivityTaskCanceledById(activity);
      else await service.respondActivityTaskFailedById({ ...activity, failure: WORKER_DIED_FAILURE });
      ended += 1;
    } catch (error) {
      // It has ended meanwhile.
      if (!isNotFound(error)) throw error;
    }
  }
  const children = described.pendingChildren.map(({ workflowId = null, runId = null }) => ({
    workflowId,
    runId,
  }));
  return { ended, children };
}
