/** Access to the lead agent's workflow, for run control. */
import {
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { Database } from '../../db/database.js';
import { settleLeadStart } from '../../db/lead-requests.js';
import { requireRunStart, type RunStart } from '../../db/new-run.js';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import { REFRESH_SIGNAL, TASK_QUEUES, type ProjectRunInput } from '../../contract/payloads.js';
import { endTasks, terminate } from './end-workflows.js';
import type { projectRun } from '../../workflows/project-run.js';
import { summaryLine } from '../../shared/words/summary-line.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';

/** What run control needs: a command's session, the server, or a worker that starts leads. */
export interface RunControlContext {
  readonly db: Database;
  /** The client of Temporal. It connects on the first call. */
  temporal(): Promise<Client>;
}

/** Returns the handle of a run's lead, whether the workflow exists or not. */
export async function getLead(context: RunControlContext, id: RunId): Promise<WorkflowHandle> {
  return (await context.temporal()).workflow.getHandle(runBranch(id));
}

/**
 * Connects to Temporal before a change is recorded. Nothing is recorded when Temporal is unavailable, and little time
 * passes between the record and the signal to the lead, in which the process could be killed.
 */
export async function requireTemporal(context: RunControlContext): Promise<void> {
  const { connection } = await context.temporal();
  await connection.ensureConnected();
}

/**
 * Starts the lead agent's workflow unless it is open: there is one per run. With `refresh`, the workflow is also
 * signalled to read the database again, after a person has answered or retried something.
 */
export async function startLead(context: RunControlContext, id: RunId, refresh: boolean): Promise<void> {
  const run = await requireRunStart(context.db, id);
  // A run that has ended is not started again, except a failed one with a change in the database, such as a retried
  // task: its lead may just have reported the failure.
  if (run.status === 'completed' || run.status === 'cancelled' || (run.status === 'failed' && !refresh))
    return;
  const options = leadOptions(id, run);
  // By name, so that a command does not load the code of the workflows.
  const temporal = await context.temporal();
  const { workflow } = temporal;
  if (run.isBegun) {
    // Tasks outlive a lead that was terminated. The record does not count all workflows of a task, so beside one that still
    // runs a new lead could start another.
    await endTasks(temporal, id, 'A new lead continues the run from the record.');
  }
  if (!refresh) await workflow.start<typeof projectRun>('projectRun', options);
  else {
    await workflow.signalWithStart<typeof projectRun>('projectRun', {
      ...options,
      signal: REFRESH_SIGNAL,
      signalArgs: [],
    });
  }
}

/**
 * Starts the lead of a run that awaits it. Ends it again when the run was cancelled or deleted meanwhile: `cancel` only marks a
 * run that has no lead yet.
 * @throws NotFoundError when the run was deleted before
 */
export async function startAwaitedLead(context: RunControlContext, id: RunId): Promise<void> {
  await startLead(context, id, false);
  const settled = await settleLeadStart(context.db, id);
  if (settled?.cancelRequested === false) return;
  const lead = await getLead(context, id);
  if (settled === null) await terminate(lead, 'Its run was deleted.');
  else await cancelLead(lead);
}

/** Cancels the lead, if its workflow is open. */
export async function cancelLead(lead: WorkflowHandle): Promise<void> {
  try {
    await lead.cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** How a lead is started. */
export function leadOptions(
  id: RunId,
  {
    project,
    status,
    isBegun,
    longestTestMs,
  }: Pick<RunStart, 'project' | 'status' | 'isBegun' | 'longestTestMs'>,
) {
  const isNew = status === 'running' && !isBegun;
  const input: ProjectRunInput = { runId: id, ...(isNew ? { baseTestTimeoutMs: longestTestMs } : {}) };
  return {
    workflowId: runBranch(id),
    taskQueue: TASK_QUEUES.workflow,
    args: [input] satisfies [ProjectRunInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    // A workflow task of a busy lead takes a second or two. After this timeout another worker gets it.
    workflowTaskTimeout: '10s',
    // Its tasks and all activities inherit it: task queues take turns by run.
    priority: { fairnessKey: id },
    staticSummary: summaryLine(`the lead agent of run ${id}: ${project}`),
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.run, value: id },
      { key: SEARCH_ATTRIBUTES.status, value: 'running' },
    ],
  } satisfies WorkflowStartOptions<typeof projectRun>;
}
