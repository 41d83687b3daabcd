/** Notifying people of blockers by the plan's `on_blocker`: what is still to be delivered, and what came of it. */
import { blockerViewSchema, type BlockerView } from '../contract/contract.js';
import { blockerId, type BlockerId, type RunId } from '../contract/ids.js';
import type { OnBlocker } from '../plan/plan-schema.js';
import type { Database } from './database.js';
import { selectDueNotifications, selectFirstDeliveryDue, selectNotification } from './sql/notifications.js';
import { onlyRow } from './sql/statement.js';

/** A page of ids, and whether there are more. */
export interface DueNotifications {
  readonly blockers: readonly BlockerId[];
  readonly more: boolean;
}

/** Deliveries side by side: enough for a plan whose tasks all ask at once, few enough for whoever receives them. */
const AT_ONCE = 20;

/** Blockers of a run that somebody is to be notified of, the oldest first. */
export async function listDueNotifications(db: Database, runId: RunId): Promise<DueNotifications> {
  const ids = (await selectDueNotifications(db.pool, runId, AT_ONCE + 1)).map(({ id }) => id);
  return { blockers: ids.slice(0, AT_ONCE), more: ids.length > AT_ONCE };
}

/** What is to be delivered, to whom. */
export interface BlockerNotification {
  readonly blocker: BlockerView;
  readonly onBlocker: OnBlocker;
  /** The root of the user's repository. */
  readonly repository: string;
}

/** Null when nothing is due any more: it was delivered, or answered, or tried often enough. */
export async function readNotification(db: Database, id: BlockerId): Promise<BlockerNotification | null> {
  const [row] = await selectNotification(db.pool, id);
  if (row === undefined) return null;
  const { onBlocker, repository, ...blocker } = row;
  return {
    blocker: blockerViewSchema.parse({ ...blocker, at: blocker.at.toISOString() }),
    onBlocker,
    repository,
  };
}

/** Records a try to deliver, and whether it was delivered. */
export async function recordDelivery(db: Database, id: BlockerId, delivered: boolean): Promise<void> {
  // Not `update`, which throws when the run was removed meanwhile.
  await db.prisma.blocker.updateMany({
    where: { id },
    data: { notificationAttempts: { increment: 1 }, ...(delivered ? { deliveredAt: new Date() } : {}) },
  });
}

/** Of these blockers those that nobody could be notified of so far, with the number of tries. */
export async function countFailedDeliveries(
  db: Database,
  ids: readonly BlockerId[],
): Promise<ReadonlyMap<BlockerId, number>> {
  const rows = await db.prisma.blocker.findMany({
    where: { id: { in: [...ids] }, deliveredAt: null, notificationAttempts: { gt: 0 } },
    select: { id: true, notificationAttempts: true },
  });
  return new Map(rows.map(({ id, notificationAttempts }) => [blockerId(id), notificationAttempts]));
}

/** Whether a notification of a run is about to be tried for the first time. */
export async function hasFirstDeliveryDue(db: Database, runId: RunId): Promise<boolean> {
  return onlyRow(await selectFirstDeliveryDue(db.pool, runId)).due;
}
