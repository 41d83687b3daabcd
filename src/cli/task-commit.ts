import { EnvironmentError } from '../contract/errors.js';
import type { CommitSha, RunId, TaskId } from '../contract/ids.js';
import { readTask, RecordMissing, type RunRecord } from '../db/task-record.js';
import { UnknownCommitError } from '../git/process/git-errors.js';
import type { GitStore } from '../git/store/git-store.js';
import { newestCommit } from '../runs/report/run-diff.js';
import { requireRun, requireTask } from './requested-run.js';
import type { Reader } from './session/session.js';
import { withStore } from './session/with-store.js';

/** A task's newest commit: its landed one, or else its draft or its newest attempt, or else the tip of the run. */
export interface TaskCommit {
  readonly store: GitStore;
  readonly run: RunRecord;
  readonly commit: CommitSha;
}

/**
 * Runs `use` with the newest commit of a task.
 * @throws UsageError when there is no such task; EnvironmentError when the store has lost the commit
 */
export async function withNewestCommit<T>(
  reader: Reader,
  runId: RunId,
  taskId: TaskId,
  use: (found: TaskCommit) => Promise<T>,
): Promise<T> {
  const { db, paths } = reader;
  const { run } = await readTask(db, runId, taskId).catch(async (error: unknown) => {
    // The whole run is read only for the error, which names the task that was probably meant.
    if (error instanceof RecordMissing) requireTask(await requireRun(reader, runId), taskId);
    throw error;
  });
  return withStore(paths, async (store) => {
    const commit = await newestCommit(db, store, run, taskId);
    if (await store.has(commit)) return use({ store, run, commit });
    throw missingCommit(`The files of ${taskId}`, run.repository, new UnknownCommitError(commit));
  });
}

/** The error for a commit that the store has lost. @param what what cannot be shown, as the beginning of a sentence */
export function missingCommit(what: string, repository: string, error: UnknownCommitError): EnvironmentError {
  return new EnvironmentError(
    `${what} cannot be shown: ${error.message}`,
    `Restore the landed commits from ${repository} with:  leadwright doctor --repair`,
    { cause: error },
  );
}
