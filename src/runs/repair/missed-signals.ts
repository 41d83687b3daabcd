/**
 * Leads that were not told: what a person answered, or tried again, is recorded first and told to the lead then. A
 * command that is killed in between leaves a run that runs in the record, and a lead that waits.
 */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { RunStatus } from '../../contract/contract.js';
import { branchOf } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import type { Difference, RepairPlace } from './difference.js';
import { QUESTION_IS_LOST } from './compare-questions.js';

interface ToldRun {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly lastSeq: number;
}

export async function compareLeads(place: RepairPlace): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const run of await atWork(place)) {
    if (await waits(place.temporal, run.id)) found.push(notTold(place, run));
  }
  return found;
}

/** Runs whose lead has something to do, going by the record: nobody is asked anything. */
async function atWork(place: RepairPlace): Promise<ToldRun[]> {
  const { rows } = await place.db.pool.query<ToldRun>(
    `SELECT id, status, last_seq AS "lastSeq" FROM runs
     WHERE status IN ('running', 'blocked')
       AND (status = 'running' OR NOT EXISTS (SELECT FROM blockers WHERE run_id = runs.id AND resolved_at IS NULL))
       AND NOT EXISTS (SELECT FROM tasks WHERE tasks.run_id = runs.id AND ${QUESTION_IS_LOST})
     ORDER BY created_at`,
  );
  return rows;
}

/** Whether a lead is open and nothing is under way that would wake it. */
async function waits(temporal: Client, run: RunId): Promise<boolean> {
  try {
    const { status, raw } = await temporal.workflow.getHandle(branchOf(run)).describe();
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
function notTold(place: RepairPlace, { id, status, lastSeq }: ToldRun): Difference {
  return {
    run: id,
    kind: 'mendable',
    said: `The run ${id} is ${status} in the record since its event ${lastSeq}, but its lead waits: nobody told it what is new.`,
    apply: async () => {
      await place.startLead(id, true);
      return `Its lead was told to read the record anew. Go on with:  leadwright watch ${id}`;
    },
  };
}
