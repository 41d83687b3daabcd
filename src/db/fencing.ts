/**
 * Fencing: a fence is the token of one attempt of one activity. What the attempt writes is refused when a newer attempt
 * of its task has registered, or when its worker was taken for dead: a late attempt changes nothing.
 */
import type { Database } from './database.js';
import * as sql from './sql/fencing.js';
import type { Fence, RunFence } from './sql/fencing.js';

export type { Fence, RunFence, TaskKey } from './sql/fencing.js';
export { StaleFence } from './sql/refusals.js';

/** Makes the fence the newest of its task. @throws StaleFence when a newer one has registered */
export async function registerFence(db: Pick<Database, 'pool'>, fence: Fence): Promise<void> {
  await sql.registerFence(db.pool, fence);
}

/** Makes the fence the newest of its run. @throws StaleFence when a newer one has registered */
export async function registerRunFence(db: Pick<Database, 'pool'>, fence: RunFence): Promise<void> {
  await sql.registerRunFence(db.pool, fence);
}
