/** Telling people of blockers by the plan's `on_blocker`: who is still to be told, and what came of it. */
import { blockerViewSchema, type BlockerView } from '../contract/contract.js';
import type { BlockerId, RunId } from '../contract/ids.js';
import type { OnBlocker } from '../plan/plan-schema.js';
import type { Database } from './database.js';

/** A command that failed three times fails for a reason that a fourth try would meet, too. */
const COMMAND_TRIES = 3;
/** A receiver that is away is back within a night's hours, or nobody waits for it any more. */
const URL_HOURS = 6;
/**
 * As long as this a background stack stays for a telling; then it ends as the contract says, and the telling goes
 * on when the stack is next up. Three tries of a command that takes its whole minute fit.
 */
const STACK_STAYS = '5 minutes';

/** Nobody was told of a blocker yet, somebody waits to be, and there are tries left. */
const WANTED = `told_at IS NULL AND resolved_at IS NULL AND runs.status <> 'cancelled'
  AND CASE runs.plan -> 'onBlocker' ->> 'kind'
    WHEN 'command' THEN tellings < ${COMMAND_TRIES}
    WHEN 'url' THEN tellings = 0 OR blockers.at > now() - interval '${URL_HOURS} hours'
    ELSE false END`;

const FROM = 'FROM blockers JOIN runs ON runs.id = blockers.run_id';

/** A page of ids, and whether there are more. */
export interface DueNotifications {
  readonly blockers: readonly BlockerId[];
  readonly more: boolean;
}

/** Tellings side by side: enough for a plan whose tasks all ask at once, few enough for whoever is told. */
const AT_ONCE = 20;

/** Blockers of a run that somebody is to be told of, the oldest first. */
export async function listDueNotifications(db: Database, runId: RunId): Promise<DueNotifications> {
  const found = await db.pool.query<{ id: BlockerId }>(
    `SELECT blockers.id ${FROM} WHERE run_id = $1 AND ${WANTED} ORDER BY tellings, at, blockers.id LIMIT ${AT_ONCE + 1}`,
    [runId],
  );
  const ids = found.rows.map(({ id }) => id);
  return { blockers: ids.slice(0, AT_ONCE), more: ids.length > AT_ONCE };
}

/** What is to be told, to whom. */
export interface BlockerNotification {
  readonly blocker: BlockerView;
  readonly onBlocker: OnBlocker;
  /** The root of the user's repository. */
  readonly repository: string;
}

/** Null when there is nothing to tell any more: it was told, or answered, or tried often enough. */
export async function readNotification(db: Database, id: BlockerId): Promise<BlockerNotification | null> {
  const found = await db.pool.query<
    Omit<BlockerView, 'at'> & { at: Date; onBlocker: OnBlocker; repository: string }
  >(
    `SELECT blockers.id, run_id AS "runId", task_id AS "taskId", reason, question, at,
       runs.plan -> 'onBlocker' AS "onBlocker", repository
     ${FROM} WHERE blockers.id = $1 AND ${WANTED}`,
    [id],
  );
  const [row] = found.rows;
  if (row === undefined) return null;
  const { onBlocker, repository, ...blocker } = row;
  return {
    blocker: blockerViewSchema.parse({ ...blocker, at: blocker.at.toISOString() }),
    onBlocker,
    repository,
  };
}

/** Records a try, and whether somebody was told by it. */
export async function recordDelivery(db: Database, id: BlockerId, told: boolean): Promise<void> {
  await db.pool.query(
    `UPDATE blockers SET tellings = tellings + 1, told_at = CASE WHEN $2 THEN clock_timestamp() ELSE told_at END
     WHERE id = $1`,
    [id, told],
  );
}

/** Of these blockers those that nobody could be told of so far, with the number of tries. */
export async function countFailedDeliveries(
  db: Database,
  ids: readonly BlockerId[],
): Promise<ReadonlyMap<BlockerId, number>> {
  const found = await db.pool.query<{ id: BlockerId; tellings: number }>(
    `SELECT id, tellings FROM blockers WHERE id = ANY ($1) AND told_at IS NULL AND tellings > 0`,
    [ids],
  );
  return new Map(found.rows.map(({ id, tellings }) => [id, tellings]));
}

/** Whether a telling of a run's is about to be tried for the first time. */
export async function hasFirstDeliveryDue(db: Database, runId: RunId): Promise<boolean> {
  const found = await db.pool.query<{ due: boolean }>(
    `SELECT EXISTS (SELECT ${FROM} WHERE run_id = $1 AND tellings = 0 AND ${WANTED}) AS due`,
    [runId],
  );
  return found.rows[0]?.due === true;
}

/** Whether somebody is about to be told of a blocker, as an expression: what keeps a stack alive for a while. */
export const ABOUT_TO_TELL = `EXISTS (
  SELECT ${FROM} WHERE ${WANTED} AND blockers.at > now() - interval '${STACK_STAYS}')`;
