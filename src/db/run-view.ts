import {
  runListEntrySchema,
  runViewSchema,
  type RunListEntry,
  type RunStatus,
  type RunUrls,
  type RunView,
} from '../contract/contract.js';
import type { RunId } from '../contract/ids.js';
import { isAtRest } from '../contract/run-status.js';
import type { Database } from './database.js';
import { readUsage } from './usage.js';

/** One run as the contract shows it; null when there is none of that id. Read from the record, never asked of a workflow. */
export async function readRunView(db: Database, id: RunId, urls: RunUrls): Promise<RunView | null> {
  const [run, usage] = await Promise.all([
    db.prisma.run.findUnique({
      where: { id },
      include: { tasks: { orderBy: { number: 'asc' } } },
    }),
    readUsage(db, id),
  ]);
  if (run === null) return null;
  return runViewSchema.parse({
    runId: run.id,
    status: run.status,
    repo: run.repository,
    branch: run.branch,
    base: run.base,
    commit: run.tip,
    tasks: run.tasks.map((task) => ({
      id: task.id,
      title: task.title,
      status: task.status,
      assignedTo: task.assignedTo,
      attempts: task.attemptCount,
      corrections: task.correctionCount,
      commit: task.commit,
      filesModified: task.filesModified,
      output: task.output,
      error: task.error,
    })),
    usage,
    urls,
  });
}

/** The seq of the newest event of a run that is at rest; null when it is not at rest, or not there. */
export async function readRestingSeq(db: Database, id: RunId): Promise<number | null> {
  const run = await db.prisma.run.findUnique({ where: { id }, select: { status: true, lastSeq: true } });
  return run !== null && isAtRest(run.status) ? run.lastSeq : null;
}

/** Every run, the newest first. */
export async function listRuns(db: Database): Promise<RunListEntry[]> {
  const runs = await db.prisma.run.findMany({
    select: { id: true, status: true, createdAt: true, project: { select: { name: true } } },
    orderBy: { createdAt: 'desc' },
  });
  return runs.map((run) =>
    runListEntrySchema.parse({
      runId: run.id,
      name: run.project.name,
      status: run.status,
      startedAt: run.createdAt.toISOString(),
    }),
  );
}

/** As much of a run as is needed to steer it. */
export interface FoundRun {
  readonly status: RunStatus;
  readonly model: string;
}

/** Null when there is no such run. */
export async function findRun(db: Database, id: RunId): Promise<FoundRun | null> {
  return db.prisma.run.findUnique({ where: { id }, select: { status: true, model: true } });
}
