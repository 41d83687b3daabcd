/** Waits for the model: calls that are to be made again. The database decides which of them is news for an event. */
import { waitingSchema, type Waiting } from '../contract/waiting.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence } from './fencing.js';
import type { Prisma } from './generated/client.js';
import * as sql from './sql/waits.js';

export type { NewWait } from './sql/waits.js';

type Reader = Pick<Prisma.TransactionClient, 'modelWait'>;

/** Records that the call of a turn is to be made again. The answer of a call ends the wait. @throws StaleFence */
export async function recordWait(db: Database, fence: Fence, wait: sql.NewWait): Promise<void> {
  await sql.recordWait(db.pool, fence, wait);
}

/** Reads what all tasks of a run wait for; null when its model is not out of reach. */
export async function readRunWait(db: Reader, runId: RunId): Promise<Waiting | null> {
  return (await readWaits(db, runId)).find(({ taskId }) => taskId === null) ?? null;
}

/** Reads the waits of a run: those of the whole run first, then those of its tasks, the oldest first. */
export async function readWaits(db: Reader, runId: RunId): Promise<Waiting[]> {
  const rows = await db.modelWait.findMany({
    where: { runId },
    orderBy: [{ since: 'asc' }, { id: 'asc' }],
  });
  const waits = rows.map(({ taskId, reason, tries, since, until }) =>
    waitingSchema.parse({
      ...{ taskId, reason, tries },
      since: since.toISOString(),
      until: until.toISOString(),
    }),
  );
  return [...waits.filter(({ taskId }) => taskId === null), ...waits.filter(({ taskId }) => taskId !== null)];
}
