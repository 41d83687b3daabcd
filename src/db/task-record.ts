/** A task and its run, as activities need them. */
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database, SqlDatabase } from './database.js';
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

/**
 * Gives a run another address of its model. Only a run that called the first address without any answer, and was
 * continued by a person after that, takes another one: its conversations have not begun anywhere.
 * @returns false when the run keeps its address
 */
export async function correctEndpoint(
  { prisma }: Database,
  { id, modelEndpoint }: RunRecord,
  address: string,
): Promise<boolean> {
  const { count } = await prisma.run.updateMany({
    where: {
      id,
      modelEndpoint,
      turns: { none: {} },
      modelCalls: { some: {} },
      blockers: { some: { taskId: null, reason: 'model_access', resolvedAt: { not: null } } },
    },
    data: { modelEndpoint: address },
  });
  if (count === 1) return true;
  // Another task of the run may have given it this address since the run was read.
  return (await prisma.run.count({ where: { id, modelEndpoint: address } })) === 1;
}

function throwMissing(what: string): never {
  throw new RecordMissing(`The record of ${what} is gone.`);
}
