/** Attempts: applied submissions and their verdicts. */
import type { RunId, TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence } from './fencing.js';
import { insertAttempt, selectAttempts, type AttemptRow, type NewAttempt } from './sql/attempts.js';

export type AttemptRecord = Readonly<AttemptRow>;

/** All attempts of a task, in order. */
export async function readAttempts(db: Database, runId: RunId, taskId: TaskId): Promise<AttemptRecord[]> {
  return selectAttempts(db.pool, runId, taskId);
}

/** Stores an applied submission and its event. Does nothing when it is stored already. @throws StaleFence */
export async function storeAttempt(db: Database, fence: Fence, attempt: NewAttempt): Promise<void> {
  await insertAttempt(db.pool, fence, attempt);
}
