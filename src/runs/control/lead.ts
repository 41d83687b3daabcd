/** The lead agent's workflow, as a person's hand reaches it. */
import type { Client, WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import type { Database } from '../../db/database.js';
import { runBranch } from '../../contract/names.js';
import type { RunId } from '../../contract/ids.js';
import { REFRESH_SIGNAL, TASK_QUEUES, type ProjectRunInput } from '../../contract/payloads.js';
import type { projectRun } from '../../workflows/project-run.js';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';

/** Where runs are steered: a command's session, or the notifier. */
export interface RunControlContext {
  readonly db: Database;
  /** The way to Temporal, opened when it is first asked for. */
  temporal(): Promise<Client>;
}

/** The lead of a run, whether there is one or not. */
export async function getLead(steering: RunControlContext, id: RunId): Promise<WorkflowHandle> {
  return (await steering.temporal()).workflow.getHandle(runBranch(id));
}

/**
 * The lead agent's workflow: one for the run's id, whoever starts it how often. With `refresh` it reads the
 * record anew, where a person has answered or tried again meanwhile.
 */
export async function startLead(steering: RunControlContext, id: RunId, refresh: boolean): Promise<void> {
  const run = await steering.db.prisma.run.findUniqueOrThrow({
    where: { id },
    select: { status: true, project: { select: { name: true } } },
  });
  // What has ended stays so. With something new in the record (a task tried again) a failed run goes on, even
  // when its lead said "failed" at this very moment.
  if (run.status === 'completed' || run.status === 'cancelled' || (run.status === 'failed' && !refresh))
    return;
  const options = {
    workflowId: runBranch(id),
    taskQueue: TASK_QUEUES.workflow,
    args: [{ runId: id }] as [ProjectRunInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    // A workflow task of a busy lead takes a second or two; one that hangs is given to another worker.
    workflowTaskTimeout: '10s',
    staticSummary: `${run.project.name}: the lead agent of run ${id}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.run, value: id },
      { key: SEARCH_ATTRIBUTES.status, value: 'running' },
    ],
  } satisfies WorkflowStartOptions<typeof projectRun>;
  // By name: a command need not load the workflows' code.
  const { workflow } = await steering.temporal();
  if (!refresh) await workflow.start<typeof projectRun>('projectRun', options);
  else {
    await workflow.signalWithStart<typeof projectRun>('projectRun', {
      ...options,
      signal: REFRESH_SIGNAL,
      signalArgs: [],
    });
  }
}
