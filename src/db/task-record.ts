/** A task and its run, as activities need them. */
import type { RunId, TaskId } from '../contract/ids.js';
import type { SqlDatabase } from './database.js';
import { RecordMissing } from './sql/refusals.js';
import type { RowOf } from './sql/statement.js';
import { selectRun, selectTask } from './sql/task-record.js';

export { RecordMissing } from './sql/refusals.js';
export type { RunPlan } from './sql/task-record.js';

export type TaskRecord = Readonly<RowOf<typeof selectTask>>;

export type RunRecord = Readonly<RowOf<typeof selectRun>['run']>;

/** Reads a task with its run. @throws RecordMissing when the run was removed (`leadwright clean`) */
export async function readTask(db: SqlDatabase, runId: RunId, id: TaskId): Promise<TaskRecord> {
  const [task] = await selectTask(db.pool, runId, id);
  return task ?? throwMissing(`task ${id} of run ${runId}`);
}

/** Reads a run. @throws RecordMissing when it was removed */
export async function readRun(db: SqlDatabase, runId: RunId): Promise<RunRecord> {
  const [row] = await selectRun(db.pool, runId);
  return row?.run ?? throwMissing(`run ${runId}`);
}

function throwMissing(what: string): never {
  throw new RecordMissing(`The record of ${what} is gone.`);
}
