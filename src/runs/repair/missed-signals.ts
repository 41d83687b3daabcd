/**
 * Leads that were not told: what a person answered, or tried again, is recorded first and told to the lead then. A
 * command that is killed in between leaves a run that runs in the record, and a lead that waits.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import { selectActiveRuns } from '../../db/sql/repair.js';
import type { RowOf } from '../../db/sql/statement.js';
import type { Difference, RepairContext } from './difference.js';

type ToldRun = RowOf<typeof selectActiveRuns>;

export async function compareSignals(context: RepairContext): Promise<Difference[]> {
  const found: Difference[] = [];
  // Runs whose lead has something to do, going by the record: nobody is asked anything.
  for (const run of await selectActiveRuns(context.db.pool)) {
    if (await waits(context.temporal, run.id)) found.push(notTold(context, run));
  }
  return found;
}

/** Whether a lead is open and nothing is under way that would wake it. */
async function waits(temporal: Client, run: RunId): Promise<boolean> {
  try {
    const { status, raw } = await temporal.workflow.getHandle(runBranch(run)).describe();
    const underWay = [...(raw.pendingActivities ?? []), ...(raw.pendingChildren ?? [])];
    const isWoken = raw.pendingWorkflowTask !== undefined && raw.pendingWorkflowTask !== null;
    return status.name === 'RUNNING' && underWay.length === 0 && !isWoken;
  } catch (error) {
    // That it is missing is said where leads are looked for.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** The number of its newest event: when anything happens before the second look, that says something else. */
function notTold(context: RepairContext, { id, status, lastSeq }: ToldRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: `The run ${id} is ${status} in the record since its event ${lastSeq}, but its lead waits: nobody told it what is new.`,
    apply: async () => {
      await context.startLead(id, true);
      return `Its lead was told to read the record anew. Go on with:  leadwright watch ${id}`;
    },
  };
}
