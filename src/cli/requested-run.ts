/** The run or task that a person named on the command line. */
import { readRunView } from '../db/run-view.js';
import type { RunView } from '../contract/run-view.js';
import { UsageError } from '../contract/errors.js';
import { ID_PATTERN, runId, taskId, type RunId, type TaskId } from '../contract/ids.js';
import type { Reader } from './session.js';

/** @throws UsageError when the text cannot be a run's id */
export function parseRunId(text: string): RunId {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a run`);
  return runId(text);
}

/** @throws UsageError when the text cannot be a task's id */
export function parseTaskId(text: string): TaskId {
  if (!ID_PATTERN.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be the id of a task`);
  return taskId(text);
}

/** @throws UsageError when there is no such run */
export async function requireRun(reader: Reader, id: RunId): Promise<RunView> {
  const view = await readRunView(reader.db, id, reader.urls(id));
  if (view === null) throw new UsageError(`There is no run ${id}. List the runs with:  leadwright status`);
  return view;
}
