/**
 * The floor: what Temporal itself takes for a run of this shape, with nothing done in it. A parent, one child
 * workflow per task with three empty activities, and one empty activity per task in the parent.
 */
import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { FLOOR_QUEUES, type FloorActivities, type FloorInput } from './floor-interface.js';

/** Generous: nothing is measured of an activity that is tried again. */
const startToCloseTimeout = '1m';

const model = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.model, startToCloseTimeout });
const record = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.workflow, startToCloseTimeout });
const sandbox = proxyActivities<FloorActivities>({ taskQueue: FLOOR_QUEUES.sandbox, startToCloseTimeout });

/** The parent: so many tasks, so many at once. */
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

/** A child, as many activities as a task without corrections has. */
export async function floorTask(): Promise<void> {
  await model.nothing();
  await record.nothing();
  await sandbox.nothing();
}
