/** Waits for the model: calls that are to be made again. The database decides which of them is news for an event. */
import { waitingSchema, type Waiting } from '../contract/waiting.js';
import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence } from './fencing.js';
import type { ModelWait, Prisma } from './generated/client.js';
import * as sql from './sql/waits.js';

export type { NewWait } from './sql/waits.js';

type Reader = Pick<Prisma.TransactionClient, 'modelWait'>;

/** Records that the call of a turn is to be made again. The answer of a call ends the wait. @throws StaleFence */
export async function recordWait(db: Database, fence: Fence, wait: sql.NewWait): Promise<void> {
  await sql.recordWait(db.pool, fence, wait);
}

/**
 * Why the provider refused calls of a model lately, which is why the rate limiter puts others off. The limiter does not
 * record it, but each refused call waits, and so does each call that was put off.
 */
export async function readLimitCause(db: Database, model: string): Promise<'rate_limited' | 'overloaded'> {
  const last = await db.prisma.modelWait.findFirst({
    where: { model, reason: { in: ['rate_limited', 'overloaded'] } },
    orderBy: [{ until: 'desc' }, { id: 'desc' }],
  });
  return last?.reason === 'overloaded' ? 'overloaded' : 'rate_limited';
}

/** Reads what all tasks of a run wait for; null when its model is not out of reach. */
export async function readRunWait(db: Reader, runId: RunId): Promise<Waiting | null> {
  // With several models out of reach, the oldest wait counts.
  const row = await db.modelWait.findFirst({
    where: { runId, taskId: null },
    orderBy: [{ since: 'asc' }, { id: 'asc' }],
  });
  return row === null ? null : waitingOf(row);
}

/** Reads the waits of a run: those of the whole run first, then those of its tasks, the oldest first. */
export async function readWaits(db: Reader, runId: RunId): Promise<Waiting[]> {
  const rows = await db.modelWait.findMany({ where: { runId }, orderBy: NEWEST_FIRST });
  const waits = rows.toReversed().map(waitingOf);
  return [...waits.filter(({ taskId }) => taskId === null), ...waits.filter(({ taskId }) => taskId !== null)];
}

const NEWEST_FIRST = [{ since: 'desc' as const }, { id: 'desc' as const }];

function waitingOf({ taskId, reason, tries, since, until }: ModelWait): Waiting {
  return waitingSchema.parse({
    ...{ taskId, reason, tries },
    since: since.toISOString(),
    until: until.toISOString(),
  });
}
