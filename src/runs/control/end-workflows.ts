/** Ends the workflows of a run from outside. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';

/** Time between two reads of the list of open workflows, which lags slightly behind. */
const PAUSE_MS = 200;

/** Terminates all open workflows of a run, its lead first, and waits until none is left, so that their ids are free. */
export async function endWorkflows(
  temporal: Pick<Client, 'workflow'>,
  run: RunId,
  reason: string,
): Promise<void> {
  await terminate(temporal.workflow.getHandle(runBranch(run)), reason);
  while (await terminateListed(temporal, run, reason, () => true)) await delay(PAUSE_MS);
}

/**
 * Terminates the workflows of tasks that have outlived their lead, and waits until none is left. Stops when the run has a
 * lead again, which another command has started: these tasks are its own.
 */
export async function endTasks(
  temporal: Pick<Client, 'workflow'>,
  run: RunId,
  reason: string,
): Promise<void> {
  const lead = runBranch(run);
  const isTask = (workflowId: string) => workflowId !== lead;
  while (!(await isRunning(temporal, lead)) && (await terminateListed(temporal, run, reason, isTask)))
    await delay(PAUSE_MS);
}

/** Terminates the listed workflows of a run. Returns whether any was open. */
async function terminateListed(
  temporal: Pick<Client, 'workflow'>,
  run: RunId,
  reason: string,
  isMeant: (workflowId: string) => boolean,
): Promise<boolean> {
  let any = false;
  for await (const { workflowId } of temporal.workflow.list({
    query: `ExecutionStatus = 'Running' AND LeadwrightRun = '${run}'`,
  })) {
    if (!isMeant(workflowId)) continue;
    // The list may lag behind.
    any ||= await isRunning(temporal, workflowId);
    await terminate(temporal.workflow.getHandle(workflowId), reason);
  }
  return any;
}

/** Terminates a workflow, unless it has ended. */
export async function terminate(workflow: WorkflowHandle, reason: string): Promise<void> {
  try {
    await workflow.terminate(reason);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

export async function isRunning(temporal: Pick<Client, 'workflow'>, workflowId: string): Promise<boolean> {
  return (await findOpenWorkflow(temporal, workflowId)) !== null;
}

/** Finds the open workflow of an id; null when there is none. The handle is of no later workflow with this id. */
export async function findOpenWorkflow(
  { workflow }: Pick<Client, 'workflow'>,
  workflowId: string,
): Promise<WorkflowHandle | null> {
  try {
    const { status, runId } = await workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? workflow.getHandle(workflowId, runId) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
