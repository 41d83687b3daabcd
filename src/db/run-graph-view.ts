/** A run as a graph of its tasks, for display. */
import type { GraphTask, RunGraph } from '../contract/api.js';
import { taskHasEnded } from '../contract/run-status.js';
import type { RunUrls } from '../contract/run-view.js';
import { taskId, type RunId, type TaskId } from '../contract/ids.js';
import { inSnapshot, type Database } from './database.js';
import type { TaskKey } from './fencing.js';
import { judgementOf, NOT_JUDGED, readJudgedWork, verifyOutcome } from './judged-work.js';
import { StatusTimes } from './status-times.js';
import { readTestWarnings } from './tests-at-base.js';
import { userMachineFiles } from '../protection/user-machine-files.js';
import { readUnpricedModels } from './usage.js';
import { readFailedVerify } from './verdicts.js';
import { readRunWait, readWaits } from './waits.js';
import type { Prisma } from './generated/client.js';

/**
 * Reads the graph in one snapshot, so that the tasks match the newest event; null when there is no such run.
 * @param statusTimes kept by who reads more than once
 */
export async function readRunGraph(
  db: Database,
  runId: RunId,
  urls: RunUrls,
  statusTimes = new StatusTimes(),
): Promise<RunGraph | null> {
  const [warnings, unpricedModels] = await Promise.all([
    readTestWarnings(db, runId),
    readUnpricedModels(db, runId),
  ]);
  return inSnapshot(db, async (tx) => {
    const run = await tx.run.findUnique({
      where: { id: runId },
      include: { project: { select: { name: true } } },
      omit: { plan: true },
    });
    if (run === null) return null;
    return {
      name: run.project.name,
      status: run.status,
      repo: run.repository,
      branch: run.branch,
      lastSeq: run.lastSeq,
      startedAt: run.createdAt.toISOString(),
      finishedAt: run.finishedAt?.toISOString() ?? null,
      concurrency: run.concurrency,
      budgetUsd: run.budgetUsd?.toNumber() ?? null,
      spentUsd: run.spentUsd.toNumber(),
      unpricedModels,
      reservedUsd: run.reservedUsd.toNumber(),
      verify: verifyOutcome(run),
      failedVerify: await readFailedVerify(tx, run),
      possiblyBilledUsd: await sumPossiblyBilled(tx, { runId }),
      waiting: await readRunWait(tx, runId),
      urls,
      warnings,
      runsOnYourMachine: userMachineFiles(
        await tx.task.findMany({ where: { runId }, select: { commit: true, filesModified: true } }),
      ),
      tasks: await readGraphTasks(tx, { runId }, statusTimes),
    };
  });
}

/** Reads one task of the graph; null when there is no such task. */
export async function readGraphTask(
  db: Database,
  { runId, taskId }: TaskKey,
  statusTimes: StatusTimes,
): Promise<GraphTask | null> {
  const [task] = await inSnapshot(db, (tx) => readGraphTasks(tx, { runId, taskId }, statusTimes));
  return task ?? null;
}

/** Reads all tasks of a run, or one of them. */
async function readGraphTasks(
  tx: Prisma.TransactionClient,
  of: { readonly runId: RunId; readonly taskId?: TaskId },
  statusTimes: StatusTimes,
): Promise<GraphTask[]> {
  const { runId, taskId: only } = of;
  const tasks = await tx.task.findMany({
    where: { runId, ...(only === undefined ? {} : { id: only }) },
    select: {
      id: true,
      title: true,
      assignedTo: true,
      status: true,
      workflowStep: true,
      priority: true,
      issue: { select: { title: true } },
      dependsOn: true,
      attemptCount: true,
      correctionCount: true,
      startedAt: true,
      completedAt: true,
      error: true,
    },
    orderBy: { number: 'asc' },
  });
  // There may be no such run either.
  if (tasks.length === 0) return [];
  const { changes, restarts } = await statusTimes.read(tx, runId);
  const costs = await readCosts(tx, of);
  const judged = await readJudgedWork({ prisma: tx }, of);
  const waits = new Map((await readWaits(tx, runId)).map((wait) => [wait.taskId, wait]));
  return tasks.map((task) => ({
    id: taskId(task.id),
    title: task.title,
    role: task.assignedTo,
    status: task.status,
    step: task.workflowStep,
    priority: task.priority,
    issue: task.issue?.title ?? null,
    dependsOn: task.dependsOn.map(taskId),
    attempts: task.attemptCount,
    corrections: task.correctionCount,
    startedAt: (restarts.has(task.id) ? restarts.get(task.id) : task.startedAt)?.toISOString() ?? null,
    completedAt:
      (hasEndedUnsuccessfully(task) ? changes.get(task.id) : task.completedAt)?.toISOString() ?? null,
    costUsd: costs.get(task.id)?.toNumber() ?? 0,
    error: task.error,
    verdict:
      judgementOf({ status: task.status, ...(judged.get(taskId(task.id)) ?? NOT_JUDGED) })?.verdict ?? null,
    waiting: waits.get(taskId(task.id)) ?? null,
  }));
}

/** Whether a task has ended in a status for which its row has no time. */
function hasEndedUnsuccessfully({ status }: Pick<GraphTask, 'status'>): boolean {
  return status !== 'completed' && taskHasEnded(status);
}

/** What is reserved for calls of the run, or of one task, that were sent and never fully answered. */
export async function sumPossiblyBilled(
  tx: Pick<Prisma.TransactionClient, 'modelCall'>,
  of: { readonly runId: RunId; readonly taskId?: TaskId },
): Promise<number> {
  const lost = await tx.modelCall.aggregate({ where: { ...of, state: 'lost' }, _sum: { worstUsd: true } });
  return lost._sum.worstUsd?.toNumber() ?? 0;
}

/** Sums the cost of each task's answers. */
async function readCosts(
  tx: Prisma.TransactionClient,
  of: { readonly runId: RunId; readonly taskId?: TaskId },
): Promise<ReadonlyMap<string, Prisma.Decimal>> {
  const turns = await tx.modelTurn.groupBy({ by: ['taskId'], where: of, _sum: { costUsd: true } });
  // A late answer came after another call had answered the turn. It was billed as well.
  const late = await tx.modelCall.groupBy({
    by: ['taskId'],
    where: { ...of, state: 'late' },
    _sum: { costUsd: true },
  });
  const costs = new Map<string, Prisma.Decimal>();
  for (const { taskId, _sum } of [...turns, ...late]) {
    if (_sum.costUsd !== null) costs.set(taskId, costs.get(taskId)?.add(_sum.costUsd) ?? _sum.costUsd);
  }
  return costs;
}
