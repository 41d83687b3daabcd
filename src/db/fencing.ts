/**
 * Fencing: a fence is the token of one attempt of one activity. The database refuses the writes of an attempt once a
 * newer attempt of its task has registered, or once its worker was declared dead.
 */
import type { Database } from './database.js';
import * as sql from './sql/fencing.js';
import type { Fence, RunFence } from './sql/fencing.js';

export type { Fence, RunFence, TaskKey } from './sql/fencing.js';
export { StaleFence } from './sql/refusals.js';

/** Registers the fence as the newest of its task. @throws StaleFence when a newer one has registered */
export async function registerFence(db: Pick<Database, 'pool'>, fence: Fence): Promise<void> {
  await sql.registerFence(db.pool, fence);
}

/** Registers the fence as the newest of its run. @throws StaleFence when a newer one has registered */
export async function registerRunFence(db: Pick<Database, 'pool'>, fence: RunFence): Promise<void> {
  await sql.registerRunFence(db.pool, fence);
}
