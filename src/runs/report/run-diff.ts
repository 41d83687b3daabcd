/** The changes of a run, a task or an attempt: which two commits to compare. */
import { readCallResults } from '../../db/call-results.js';
import type { Database, SqlDatabase } from '../../db/database.js';
import type { TaskKey } from '../../db/fencing.js';
import type { RowOf } from '../../db/sql/statement.js';
import { selectNewestWork } from '../../db/sql/task-page.js';
import { draftRange } from '../../db/task-page.js';
import { UsageError } from '../../contract/errors.js';
import { GitError, UnknownCommitError } from '../../git/process/git-errors.js';
import type { ChangedLines } from '../../git/store/compare.js';
import type { GitStore } from '../../git/store/git-store.js';
import { commitSha, type CommitSha, type RunId, type TaskId } from '../../contract/ids.js';

export interface Range {
  readonly from: CommitSha;
  readonly to: CommitSha;
}

/**
 * The commits of a task's changes: its landed commit, or else its newest work, which is its draft or its newest attempt;
 * null when it has neither. `answer --accept` takes that work.
 *
 * @throws UsageError when there is no such task
 */
export async function taskRange(db: SqlDatabase, store: GitStore, key: TaskKey): Promise<Range | null> {
  const { runId, taskId } = key;
  const [work] = await selectNewestWork(db.pool, runId, taskId);
  if (work === undefined) throw new UsageError(`The run ${runId} has no task ${taskId}`);
  if (work.landed === null) return rangeOf(work);
  const from = await store.parentOf(work.landed);
  return from === null ? null : { from, to: work.landed };
}

/** The commits of a task's newest work that has not landed: its draft or its newest attempt; null when it has neither. */
export async function unlandedRange(
  { pool }: SqlDatabase,
  { runId, taskId }: TaskKey,
): Promise<Range | null> {
  const [work] = await selectNewestWork(pool, runId, taskId);
  return work === undefined ? null : rangeOf(work);
}

function rangeOf(work: RowOf<typeof selectNewestWork>): Range | null {
  const { draft, draftStart, draftBase, attemptStart, attemptCommit } = work;
  // After the same failure twice the draft is the start again, without any change.
  if (draft !== null && draftStart !== null && draft !== draftBase && draft !== draftStart)
    return { from: draftStart, to: draft };
  return attemptStart === null || attemptCommit === null ? null : { from: attemptStart, to: attemptCommit };
}

/**
 * The newest commit of a task's work, or the tip of the run while there is none: where its agent starts.
 *
 * @throws UsageError when there is no such task
 */
export async function newestCommit(
  db: SqlDatabase,
  store: GitStore,
  run: { readonly id: RunId; readonly tip: CommitSha },
  taskId: TaskId,
): Promise<CommitSha> {
  const range = await taskRange(db, store, { runId: run.id, taskId });
  return range?.to ?? run.tip;
}

/**
 * What an attempt is compared with: the commit that it was applied to, which for a correction is the attempt before; or
 * the tip that the task, or its rebase, started from.
 */
export type AttemptBase = 'base' | 'start';

/**
 * The commits of one attempt's changes.
 *
 * @throws UsageError when there is no such attempt
 */
export async function attemptRange(
  db: Database,
  { runId, taskId }: TaskKey,
  number: number,
  from: AttemptBase = 'base',
): Promise<Range> {
  const attempt = await db.prisma.attempt.findUnique({
    where: { runId_taskId_number: { runId, taskId, number } },
    select: { base: true, start: true, commit: true },
  });
  if (attempt === null) throw new UsageError(`The task ${taskId} of run ${runId} has no attempt ${number}`);
  return { from: commitSha(attempt[from]), to: commitSha(attempt.commit) };
}

/**
 * The commits of a turn's changes to the draft; null when it made none.
 *
 * @throws UsageError when there is no such turn
 */
export async function turnRange(
  db: Database,
  { runId, taskId }: TaskKey,
  number: number,
): Promise<Range | null> {
  const [turn, calls] = await Promise.all([
    db.prisma.modelTurn.findUnique({
      where: { runId_taskId_number: { runId, taskId, number } },
      select: { number: true },
    }),
    readCallResults(db, { runId, taskId, turn: number }),
  ]);
  if (turn === null) throw new UsageError(`The task ${taskId} of run ${runId} has no turn ${number}`);
  return draftRange(calls);
}

/**
 * The patch between two commits; null when the store does not have them, because it was lost or is on another machine.
 * The rest of the record is useful without it.
 */
export function patchOf(store: GitStore, { from, to }: Range): Promise<string | null> {
  return unlessLost(store.diff(from, to));
}

/** The changed lines of each file; null when the store does not have the commits. */
export function changedLinesOf(store: GitStore, { from, to }: Range): Promise<ChangedLines[] | null> {
  return unlessLost(store.changedLines(from, to));
}

function unlessLost<T>(compared: Promise<T>): Promise<T | null> {
  return compared.catch((error: unknown) => {
    if (error instanceof UnknownCommitError || error instanceof GitError) return null;
    throw error;
  });
}

/** Cuts a patch at the last end of a line within `maxChars` characters. Pure. */
export function cutPatch(
  patch: string,
  maxChars: number,
): { readonly diff: string; readonly truncated: boolean } {
  if (patch.length <= maxChars) return { diff: patch, truncated: false };
  return { diff: patch.slice(0, patch.lastIndexOf('\n', maxChars) + 1), truncated: true };
}
