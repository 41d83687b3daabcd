/** Ends the workflows of a run from outside. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
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
  await terminate(temporal, runBranch(run), reason);
  for (;;) {
    let any = false;
    for await (const { workflowId } of temporal.workflow.list({
      query: `ExecutionStatus = 'Running' AND LeadwrightRun = '${run}'`,
    })) {
      // The list may lag behind.
      any ||= await isRunning(temporal, workflowId);
      await terminate(temporal, workflowId, reason);
    }
    if (!any) return;
    await delay(PAUSE_MS);
  }
}

async function terminate(
  temporal: Pick<Client, 'workflow'>,
  workflowId: string,
  reason: string,
): Promise<void> {
  try {
    await temporal.workflow.getHandle(workflowId).terminate(reason);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

export async function isRunning(temporal: Pick<Client, 'workflow'>, workflowId: string): Promise<boolean> {
  try {
    const { status } = await temporal.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
