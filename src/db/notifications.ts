/** Notifications of blockers by the plan's `on_blocker`: which are due, and which were delivered. */
import { blockerViewSchema, type BlockerView } from '../contract/run-view.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import type { Receiver } from '../plan/plan-schema.js';
import type { Database, SqlDatabase } from './database.js';
import {
  selectDueNotifications,
  selectEndNotification,
  selectFailedDeliveries,
  selectFirstDeliveryDue,
  selectNotification,
  settleEndNotification as settleEnd,
} from './sql/notifications.js';
import { onlyRow, type RowOf } from './sql/statement.js';

/** A batch of blockers that are due for notification, and whether there are more. */
export interface DueNotifications {
  readonly blockers: readonly BlockerId[];
  readonly more: boolean;
}

/** Concurrent deliveries: enough for a plan whose tasks all ask at once, few enough for the receiver. */
const AT_ONCE = 20;

/** Lists blockers of a run whose notification is due: the least tried first, then the oldest. */
export async function listDueNotifications(db: Database, runId: RunId): Promise<DueNotifications> {
  const ids = (await selectDueNotifications(db.pool, runId, AT_ONCE + 1)).map(({ id }) => id);
  return { blockers: ids.slice(0, AT_ONCE), more: ids.length > AT_ONCE };
}

/** A notification to deliver, and its receiver. */
export interface BlockerNotification {
  readonly blocker: BlockerView;
  readonly onBlocker: Receiver;
  /** The root of the user's repository. */
  readonly repository: string;
}

/** Reads a notification; null when it is no longer due, because it was delivered, answered or tried too often. */
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

/** The notification of a run's end, and its receiver. */
export type EndNotification = Readonly<RowOf<typeof selectEndNotification>>;

/** Reads the notification of a run's end; null when none is due. */
export async function readEndNotification(db: Database, id: RunId): Promise<EndNotification | null> {
  const [row] = await selectEndNotification(db.pool, id);
  return row ?? null;
}

/** Records that this end of a run was told, or that no further attempt is made. A later end stays due. */
export async function settleEndNotification(
  db: Database,
  id: RunId,
  { finishedAt }: Pick<EndNotification, 'finishedAt'>,
): Promise<void> {
  await settleEnd(db.pool, id, finishedAt);
}

/** Records an attempt to deliver a notification, and whether it succeeded. */
export async function recordDelivery(db: Database, id: BlockerId, delivered: boolean): Promise<void> {
  // `update` would throw when the run has been removed.
  await db.prisma.blocker.updateMany({
    where: { id },
    data: { notificationAttempts: { increment: 1 }, ...(delivered ? { deliveredAt: new Date() } : {}) },
  });
}

/** Finds those of these blockers whose notification was tried but not delivered, with the number of attempts. */
export async function countFailedDeliveries(
  db: SqlDatabase,
  ids: readonly BlockerId[],
): Promise<ReadonlyMap<BlockerId, number>> {
  const rows = await selectFailedDeliveries(db.pool, ids);
  return new Map(rows.map(({ id, attempts }) => [id, attempts]));
}

/** Whether a notification of the run is due that has not been tried yet. */
export async function hasFirstDeliveryDue(db: SqlDatabase, runId: RunId): Promise<boolean> {
  return onlyRow(await selectFirstDeliveryDue(db.pool, runId)).due;
}
