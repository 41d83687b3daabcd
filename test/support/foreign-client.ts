/** A client of Temporal without Leadwright's key: what another program that reaches the server can do. */
import proto from '@temporalio/proto';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Connection } from '@temporalio/client';

const { CommandType, EventType, UpdateWorkflowExecutionLifecycleStage: STAGES } = proto.temporal.api.enums.v1;

/** The attacker's own task queue, and its type of workflow. */
const OWN_QUEUE = 'foreign';

/** The server answers an empty poll after a minute. */
const POLL_MS = 70_000;

export interface ForeignClient {
  readonly connection: Connection;
  readonly namespace: string;
}

/** Payloads as Temporal's SDKs encode them. */
export function plain(...values: readonly unknown[]): proto.temporal.api.common.v1.IPayloads {
  return { payloads: values.map((value) => defaultPayloadConverter.toPayload(value)) };
}

/** An activity to schedule on one of Leadwright's queues. */
export interface ForeignActivity {
  readonly type: string;
  readonly queue: string;
  readonly input: proto.temporal.api.common.v1.IPayloads;
}

/**
 * Starts a workflow of its own, under a given id and type, which schedules one activity, once, and ends.
 * @returns how the activity ended: its result as text, or the message of its failure
 */
export async function scheduleActivity(
  { connection, namespace }: ForeignClient,
  workflow: { readonly id: string; readonly type: string },
  { type, queue, input }: ForeignActivity,
): Promise<string> {
  const service = connection.workflowService;
  const { runId } = await service.startWorkflowExecution({
    namespace,
    workflowId: workflow.id,
    workflowType: { name: workflow.type },
    taskQueue: { name: OWN_QUEUE },
    requestId: `${workflow.id} ${type} ${Math.random()}`,
  });
  for (;;) {
    const task = await connection.withDeadline(Date.now() + POLL_MS, () =>
      service.pollWorkflowTaskQueue({ namespace, taskQueue: { name: OWN_QUEUE } }),
    );
    if (task.taskToken.length === 0) continue;
    const ended = task.history?.events
      ?.filter(
        ({ eventType }) =>
          eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED ||
          eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
      )
      .at(-1);
    const isOurs = task.workflowExecution?.runId === runId;
    await service.respondWorkflowTaskCompleted({
      namespace,
      taskToken: task.taskToken,
      commands: [
        ended || !isOurs
          ? {
              commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
              completeWorkflowExecutionCommandAttributes: {},
            }
          : {
              commandType: CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
              scheduleActivityTaskCommandAttributes: {
                activityId: '1',
                activityType: { name: type },
                taskQueue: { name: queue },
                input,
                startToCloseTimeout: msToTs(60_000),
                scheduleToCloseTimeout: msToTs(60_000),
                retryPolicy: { maximumAttempts: 1 },
              },
            },
      ],
    });
    if (!ended || !isOurs) continue;
    const { activityTaskCompletedEventAttributes: completed, activityTaskFailedEventAttributes: failed } =
      ended;
    if (failed) return `failed: ${failed.failure?.message ?? ''}`;
    return Buffer.from(completed?.result?.payloads?.[0]?.data ?? []).toString();
  }
}

/** Sends an update, and waits for its outcome. @returns whether it was refused */
export async function isUpdateRefused(
  { connection, namespace }: ForeignClient,
  workflowId: string,
  name: string,
  args: proto.temporal.api.common.v1.IPayloads,
): Promise<boolean> {
  const { outcome } = await connection.workflowService.updateWorkflowExecution({
    namespace,
    workflowExecution: { workflowId },
    request: { meta: { updateId: `${name} ${Math.random()}` }, input: { name, args } },
    waitPolicy: { lifecycleStage: STAGES.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED },
  });
  return Boolean(outcome?.failure);
}
