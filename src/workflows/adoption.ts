/**
 * Tasks outlive the lead that started them: a lead with a long history continues as new while they run, and the next one
 * adopts them. An adopted task reports its end by a signal, because Temporal tells only the execution that started it.
 */
import {
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { ADOPT_SIGNAL, TASK_ENDED_SIGNAL, type EndedTask, type TaskOutcome } from '../contract/payloads.js';

/** Sent by a lead to a task of an earlier lead, with whether the run is paused. */
export const adoptSignal = defineSignal<[boolean]>(ADOPT_SIGNAL);
/** Sent by an adopted task to its lead. */
export const taskEndedSignal = defineSignal<[EndedTask]>(TASK_ENDED_SIGNAL);

/** A task that a lead may adopt while it runs. */
export interface Adoptable {
  paused: boolean;
  /** Whether a lead has adopted it: the task reports its end to that lead. */
  isAdopted: boolean;
  run(): Promise<TaskOutcome>;
}

/** Runs a task to its end, and reports that to the lead if one has adopted the task meanwhile. */
export async function runAdoptable(task: Adoptable): Promise<TaskOutcome> {
  setHandler(adoptSignal, (paused) => {
    task.isAdopted = true;
    task.paused = paused;
  });
  try {
    const outcome = await task.run();
    if (task.isAdopted) await reportEnd(outcome);
    return outcome;
  } catch (error) {
    if (task.isAdopted && isCancellation(error)) await reportEnd(null);
    throw error;
  }
}

async function reportEnd(outcome: TaskOutcome | null): Promise<void> {
  const { parent, workflowId } = workflowInfo();
  if (parent === undefined) return;
  try {
    await CancellationScope.nonCancellable(() =>
      // Without a run id: to the lead's current execution. A lead that cancels the task waits for this.
      getExternalWorkflowHandle(parent.workflowId).signal(taskEndedSignal, { workflowId, outcome }),
    );
  } catch (error) {
    // The run has no lead. The next one reads the outcome from the record.
    if (!(error instanceof TemporalFailure)) throw error;
  }
}
