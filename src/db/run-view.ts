import { type RunStatus, isAtRest } from '../contract/run-status.js';
import {
  runListEntrySchema,
  runViewSchema,
  type RunListEntry,
  type RunUrls,
  type RunView,
} from '../contract/run-view.js';
import { runId, taskId, type RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import { ACCEPTED_WITHOUT_WORK, readJudgedWork } from './judged-work.js';
import { readUsage } from './usage.js';
import { readWaits } from './waits.js';

/** Reads one run in the contract's form, from the database only; null when there is no such run. */
export async function readRunView(db: Database, id: RunId, urls: RunUrls): Promise<RunView | null> {
  const [run, usage, waits, judged] = await Promise.all([
    db.prisma.run.findUnique({
      where: { id },
      include: { tasks: { orderBy: { number: 'asc' } } },
    }),
    readUsage(db, id),
    readWaits(db.prisma, id),
    readJudgedWork(db, id),
  ]);
  if (run === null) return null;
  const judgementOf = ({ id, status }: (typeof run.tasks)[number]) =>
    judged.get(taskId(id)) ?? (status === 'completed' ? ACCEPTED_WITHOUT_WORK : null);
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
      verdict: judgementOf(task)?.verdict ?? null,
    })),
    verify: run.verified === null ? null : run.verified ? 'passed' : 'failed',
    accepted: run.tasks.flatMap((task) =>
      task.status === 'completed' && judgementOf(task)?.accepted === true ? [task.id] : [],
    ),
    waiting: waits[0] ?? null,
    usage,
    urls,
  });
}

/** Reads the seq of the newest event of a run that is at rest; null when it is not at rest or does not exist. */
export async function readRestingSeq(db: Database, id: RunId): Promise<number | null> {
  const run = await db.prisma.run.findUnique({ where: { id }, select: { status: true, lastSeq: true } });
  return run !== null && isAtRest(run.status) ? run.lastSeq : null;
}

/** Lists all runs, newest first. */
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

/** The ids of the runs that begin with a text, in alphabetical order. */
export async function findRunIds(db: Database, beginning: string): Promise<RunId[]> {
  const runs = await db.prisma.run.findMany({
    where: { id: { startsWith: beginning } },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  // Prisma takes an underscore for any character.
  return runs.flatMap(({ id }) => (id.startsWith(beginning) ? [runId(id)] : []));
}

/** The id of the newest run; undefined when there is none. */
export async function findNewestRunId(db: Database): Promise<RunId | undefined> {
  const run = await db.prisma.run.findFirst({ select: { id: true }, orderBy: { createdAt: 'desc' } });
  return run === null ? undefined : runId(run.id);
}

/** The part of a run that run control needs. */
export interface FoundRun {
  readonly status: RunStatus;
  readonly model: string;
}

/** Finds a run by its id; null when there is none. */
export async function findRun(db: Database, id: RunId): Promise<FoundRun | null> {
  return db.prisma.run.findUnique({ where: { id }, select: { status: true, model: true } });
}
