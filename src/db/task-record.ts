/** What an activity needs to know of its task and its run. */
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import { RecordMissing } from './sql/refusals.js';
import type { RowOf } from './sql/statement.js';
import { selectRun, selectTask } from './sql/task-record.js';

export { RecordMissing } from './sql/refusals.js';
export type { RunPlan } from './sql/task-record.js';

export type TaskRecord = Readonly<RowOf<typeof selectTask>>;

export type RunRecord = Readonly<RowOf<typeof selectRun>['run']>;

/** @throws RecordMissing when the run was removed meanwhile (`leadwright clean`) */
export async function readTask(db: Database, runId: RunId, id: TaskId): Promise<TaskRecord> {
  const [task] = await selectTask(db.pool, runId, id);
  return task ?? missing(`task ${id} of run ${runId}`);
}

/** @throws RecordMissing when the run was removed meanwhile */
export async function readRun(db: Database, runId: RunId): Promise<RunRecord> {
  const [row] = await selectRun(db.pool, runId);
  return row?.run ?? missing(`run ${runId}`);
}

function missing(what: string): never {
  throw new RecordMissing(`The record of ${what} is gone.`);
}
