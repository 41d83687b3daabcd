import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.js';
import { addWorker } from '../../src/db/workers.js';
import { workerId, type WorkerId } from '../../src/contract/ids.js';

/** A worker whose lease is over when a test says so, not when the machine is slow. */
const DAY_MS = 86_400_000;

/** Adds a worker to the record, of no known process unless its owner is given. */
export async function livingWorker({ pool }: Pick<Database, 'pool'>, owner = ''): Promise<WorkerId> {
  const id = workerId(randomUUID());
  const queues = ['workflow', 'model', 'sandbox'];
  await addWorker(pool, { id, host: 'here', pid: process.pid, build: 'test', queues, owner }, DAY_MS);
  return id;
}
