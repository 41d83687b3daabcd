import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.js';
import { addWorker } from '../../src/db/workers.js';
import { workerId, type WorkerId } from '../../src/contract/ids.js';

/** The lease's duration, so that it ends only when a test ends it, not on a slow machine. */
const DAY_MS = 86_400_000;

/** Adds a live worker to the record; `owner` names its process, if any. */
export async function livingWorker({ pool }: Pick<Database, 'pool'>, owner = ''): Promise<WorkerId> {
  const id = workerId(randomUUID());
  const queues = ['workflow', 'model', 'sandbox'];
  const serving = { queues, sandbox: 'no commands are run', sandboxWarning: null };
  await addWorker(pool, { id, host: 'here', pid: process.pid, build: 'test', ...serving, owner }, DAY_MS);
  return id;
}
