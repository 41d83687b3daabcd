/**
 * Finds leads that missed a signal. A command records a person's answer or retry first and signals the lead
 * afterwards. When it is killed in between, the run is running in the record, but its lead waits.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import { selectActiveRuns } from '../../db/sql/repair.js';
import type { RowOf } from '../../db/sql/statement.js';
import type { Difference, RepairContext } from './difference.js';

type ActiveRun = RowOf<typeof selectActiveRuns>;

/** Finds all leads that missed a signal. */
export async function compareSignals(context: RepairContext): Promise<Difference[]> {
  const found: Difference[] = [];
  // By the record, the leads of these runs should be doing something.
  for (const run of await selectActiveRuns(context.db.pool)) {
    if (await isIdle(context.temporal, run.id)) found.push(missedSignal(context, run));
  }
  return found;
}

/** Whether a lead is open, with no pending activity, child or workflow task that would wake it. */
async function isIdle(temporal: Client, run: RunId): Promise<boolean> {
  try {
    const { status, raw } = await temporal.workflow.getHandle(runBranch(run)).describe();
    const pending = [...(raw.pendingActivities ?? []), ...(raw.pendingChildren ?? [])];
    const hasWorkflowTask = raw.pendingWorkflowTask !== undefined && raw.pendingWorkflowTask !== null;
    return status.name === 'RUNNING' && pending.length === 0 && !hasWorkflowTask;
  } catch (error) {
    // compareWorkflows reports missing leads.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/**
 * The description holds the newest seq, so that it differs in the second comparison when anything has happened since.
 */
function missedSignal(context: RepairContext, { id, status, lastSeq }: ActiveRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: `The run ${id} is ${status} in the record since its event ${lastSeq}, but its lead waits: it missed the last change.`,
    apply: async () => {
      await context.startLead(id, true);
      return `Its lead was signalled to read the record again. Watch it:  leadwright watch ${id}`;
    },
  };
}
