/**
 * The floor: the cost of a run's shape on Temporal alone, with empty activities. One parent workflow; for each task,
 * one child workflow with three empty activities and one empty activity in the parent.
 */
import { executeChild, proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import { FLOOR_QUEUES, type FloorActivities, type FloorInput } from './floor-interface.js';

/** A retry would distort the measurement, and a worker that refuses every activity would never end it. */
const options: ActivityOptions = { startToCloseTimeout: '1m', retry: { maximumAttempts: 1 } };

const model = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.model, ...options });
const record = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.workflow, ...options });
const sandbox = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.sandbox, ...options });

/** The parent: runs `tasks` children, `concurrency` at once. */
export async function floorRun({ tasks, concurrency }: FloorInput): Promise<void> {
  let started = 0;
  const slot = async () => {
    while (started < tasks) {
      started += 1;
      await executeChild(floorTask, { workflowId: `${workflowInfo().workflowId}/${started}` });
      await record.nothing();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, slot));
}

/** A child: as many activities as a task without corrections has. */
export async function floorTask(): Promise<void> {
  await model.nothing();
  await record.nothing();
  await sandbox.nothing();
}
