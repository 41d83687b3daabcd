/** Compares the record with Temporal: every open run has a lead, and there are no other workflows. */
import type { Client } from '@temporalio/client';
import { type RunStatus, hasEnded } from '../../contract/run-status.js';
import { INTERNAL } from '../../db/run-stop.js';
import { reopenRun } from '../../db/task-status.js';
import { runBranch } from '../../contract/names.js';
import { ID_PATTERN, runId, type RunId } from '../../contract/ids.js';
import { endWorkflows, isRunning } from '../control/end-workflows.js';
import type { Difference, RepairContext } from './difference.js';

/** Finds missing leads, and workflows that should not be open. */
export async function compareWorkflows(context: RepairContext): Promise<Difference[]> {
  // The open workflows are read before the record, because a run is recorded before its lead is started.
  const open = await openRuns(context.temporal);
  const recorded = await readRuns(context);
  const found: Difference[] = [];
  for (const run of recorded.values()) {
    if (hasFailedLead(run)) found.push(failedLead(context, run));
    else if (endedTooEarly(run)) found.push(unfinishedTasks(context, run));
    else if (!hasEnded(run.status) && !(await hasLead(context.temporal, run.id)))
      found.push(missingLead(context, run));
  }
  for (const id of open) {
    const run = recorded.get(id);
    if (run === undefined) found.push(missingRecord(context, id));
    else if (hasEnded(run.status) && !hasFailedLead(run) && !endedTooEarly(run))
      found.push(stillOpen(context, run));
  }
  return found;
}

function missingLead(context: RepairContext, { id, status, awaitsLead }: RecordedRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: awaitsLead
      ? `The run ${id} waits for a worker to start its lead.`
      : `The run ${id} is ${status} in the record, but its lead is not running.`,
    apply: async () => {
      await endWorkflows(context.temporal, id, REPAIR);
      await context.startLead(id, false);
      return startedAgain(id);
    },
  };
}

/** Whether the run failed because of a bug in its lead. Only this repair continues it. */
function hasFailedLead({ status, stopCode }: RecordedRun): boolean {
  return status === 'failed' && stopCode === INTERNAL;
}

function failedLead(context: RepairContext, { id, stopReason }: RecordedRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: `The lead of the run ${id} failed: ${stopReason ?? 'no reason was recorded'}.`,
    apply: async () => {
      await endWorkflows(context.temporal, id, REPAIR);
      await reopenRun(context.db, id);
      await context.startLead(id, false);
      return startedAgain(id);
    },
  };
}

/**
 * Whether the run ended although tasks are open. A failure with a code, such as one of the environment, is intended.
 */
function endedTooEarly({ status, stopCode, open }: RecordedRun): boolean {
  return open > 0 && (status === 'completed' || (status === 'failed' && stopCode === null));
}

function unfinishedTasks(context: RepairContext, { id, status, open }: RecordedRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: `The run ${id} is ${status} in the record, but ${open} of its tasks have not ended.`,
    apply: async () => {
      await reopenRun(context.db, id);
      // An open lead missed the change or is about to end. Either it reads the record again, or a new one does.
      await context.startLead(id, true);
      return `It continues with them. Watch it:  leadwright watch ${id}`;
    },
  };
}

function startedAgain(run: RunId): string {
  return `Its lead was started again. Watch it:  leadwright watch ${run}`;
}

function missingRecord(context: RepairContext, run: RunId): Difference {
  const description = `Temporal has open workflows of a run ${run} that is not in the record.`;
  if (!context.embedded) {
    const query = `LeadwrightRun = '${run}' AND ExecutionStatus = 'Running'`;
    return {
      run,
      kind: 'lost',
      description,
      advice: `If DATABASE_URL is correct, terminate them:  temporal workflow terminate --query "${query}"`,
    };
  }
  return { run, kind: 'repairable', description, apply: () => terminateWorkflows(context, run) };
}

function stillOpen(context: RepairContext, { id, status }: RecordedRun): Difference {
  return {
    run: id,
    kind: 'repairable',
    description: `The run ${id} is ${status} in the record, but its workflows are still open.`,
    apply: () => terminateWorkflows(context, id),
  };
}

async function terminateWorkflows(context: RepairContext, run: RunId): Promise<string> {
  await endWorkflows(context.temporal, run, REPAIR);
  return 'They were terminated.';
}

/** The reason that Temporal's UI shows for workflows that a repair has terminated. */
export const REPAIR = 'leadwright doctor --repair';

const OPEN = `ExecutionStatus = 'Running'`;

async function openRuns(temporal: Client): Promise<Set<RunId>> {
  const runs = new Set<RunId>();
  const query = `${OPEN} AND LeadwrightRun IS NOT NULL`;
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    // `leadwright/<run>`, and `leadwright/<run>/<task>` of its tasks.
    const [, id = ''] = workflowId.split('/');
    if (ID_PATTERN.test(id)) runs.add(runId(id));
  }
  return runs;
}

interface RecordedRun {
  readonly id: RunId;
  readonly status: RunStatus;
  /** A worker is to start its lead, and has not yet. */
  readonly awaitsLead: boolean;
  readonly stopCode: string | null;
  readonly stopReason: string | null;
  /** How many of its tasks have not ended. */
  readonly open: number;
}

/** Reads all runs, oldest first. */
async function readRuns(context: RepairContext): Promise<ReadonlyMap<RunId, RecordedRun>> {
  const rows = await context.db.prisma.run.findMany({
    select: {
      id: true,
      status: true,
      awaitsLead: true,
      stopCode: true,
      stopReason: true,
      _count: { select: { tasks: { where: { status: { in: ['pending', 'in_progress', 'blocked'] } } } } },
    },
    orderBy: { createdAt: 'asc' },
  });
  return new Map(
    rows.map(({ id, _count, ...run }) => [runId(id), { id: runId(id), ...run, open: _count.tasks }]),
  );
}

function hasLead(temporal: Client, run: RunId): Promise<boolean> {
  return isRunning(temporal, runBranch(run));
}
