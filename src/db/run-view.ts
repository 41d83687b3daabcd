import { type RunStatus, isAtRest } from '../contract/run-status.js';
import { runViewSchema, type RunUrls, type RunView } from '../contract/run-view.js';
import type { RunId, TaskId } from '../contract/ids.js';
import type { SqlDatabase } from './database.js';
import { judgementOf, verifyOutcome } from './judged-work.js';
import { readRunStop } from './run-stop.js';
import * as sql from './sql/run-view.js';
import type { RowOf } from './sql/statement.js';
import { readUsage } from './usage.js';

/** Reads one run in the contract's form, from the database only; null when there is no such run. */
export async function readRunView(db: SqlDatabase, id: RunId, urls: RunUrls): Promise<RunView | null> {
  const [[run], usage, stop] = await Promise.all([
    sql.selectRunView(db.pool, id),
    readUsage(db, id),
    readRunStop(db, id),
  ]);
  if (run === undefined) return null;
  return runViewSchema.parse({
    runId: run.id,
    status: run.status,
    repo: run.repository,
    branch: run.branch,
    base: run.base,
    commit: run.tip,
    // The schema drops the columns that judgementOf() reads.
    tasks: run.tasks.map((task) => ({ ...task, verdict: judgementOf(task)?.verdict ?? null })),
    verify: verifyOutcome(run),
    accepted: run.tasks.flatMap((task) =>
      task.status === 'completed' && judgementOf(task)?.accepted === true ? [task.id] : [],
    ),
    waiting: waitOf(run, run.waitTask),
    usage,
    stop: stop ?? undefined,
    urls,
  });
}

/** The wait of a run, or of one of its tasks. */
export function waitOf(run: sql.WaitColumns, waitTask: TaskId | null): unknown {
  if (run.waitReason === null) return null;
  return {
    taskId: waitTask,
    reason: run.waitReason,
    tries: run.waitTries,
    since: run.waitSince?.toISOString(),
    until: run.waitUntil?.toISOString(),
  };
}

/** Reads the seq of the newest event of a run that is at rest; null when it is not at rest or does not exist. */
export async function readRestingSeq(db: SqlDatabase, id: RunId): Promise<number | null> {
  const [run] = await sql.selectSeqAndStatus(db.pool, id);
  return run !== undefined && isAtRest(run.status) ? run.lastSeq : null;
}

/** The ids of the runs that begin with a text, in alphabetical order. */
export async function findRunIds(db: SqlDatabase, beginning: string): Promise<RunId[]> {
  return (await sql.selectRunIds(db.pool, beginning)).map(({ id }) => id);
}

/** The id of the newest run; undefined when there is none. */
export async function findNewestRunId(db: SqlDatabase): Promise<RunId | undefined> {
  const [run] = await sql.selectNewestRunId(db.pool);
  return run?.id;
}

/** The part of a run that run control needs. */
export interface FoundRun {
  readonly status: RunStatus;
  readonly model: string;
}

/** Finds a run by its id; null when there is none. */
export async function findRun(db: SqlDatabase, id: RunId): Promise<FoundRun | null> {
  const [run] = await sql.selectFoundRun(db.pool, id);
  return run ?? null;
}

export type RunBranch = RowOf<typeof sql.selectRunBranches>;

/** The branches of all runs, the newest run first. */
export function listRunBranches(db: SqlDatabase): Promise<RunBranch[]> {
  return sql.selectRunBranches(db.pool);
}

/** The commits that a run has tested, each with the command. */
export function listTestedCommits(
  db: SqlDatabase,
  id: RunId,
): Promise<RowOf<typeof sql.selectTestedCommits>[]> {
  return sql.selectTestedCommits(db.pool, id);
}

/** Deletes a run that has ended, with all its rows. @returns whether it was deleted */
export async function deleteRun(db: SqlDatabase, id: RunId): Promise<boolean> {
  return (await sql.deleteRun(db.pool, id)).length > 0;
}
