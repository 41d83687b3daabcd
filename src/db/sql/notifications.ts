import { z } from 'zod';
import type { BlockerId, RunId } from '../../contract/ids.js';
import type { Receiver } from '../../plan/plan-schema.js';
import { blockerColumns, blockerIdColumn, jsonColumn } from './columns.js';
import { defineStatement } from './statement.js';

/** A command that failed three times would fail again for the same reason. */
const COMMAND_ATTEMPTS = 3;
/** A receiver that is down overnight is back within six hours; after that nobody waits for the notification. */
const URL_HOURS = 6;
/**
 * How long a background stack stays alive for a notification. Three attempts of a command that takes its full minute
 * fit. After that the stack ends, as the contract says, and the notification is delivered when the stack runs again.
 */
const STACK_WAITS = '5 minutes';

/** The notification is not delivered, its blocker is open, and attempts are left. */
const DUE = `delivered_at IS NULL AND resolved_at IS NULL AND runs.status <> 'cancelled'
  AND CASE runs.plan -> 'onBlocker' ->> 'kind'
    WHEN 'command' THEN notification_attempts < ${COMMAND_ATTEMPTS}
    WHEN 'url' THEN notification_attempts = 0 OR blockers.at > now() - interval '${URL_HOURS} hours'
    ELSE false END`;

const FROM = 'FROM blockers JOIN runs ON runs.id = blockers.run_id';

const SAME_CONDITION =
  'Whether a notification is due depends on the plan and on the clock of the database. The stack uses the same condition to decide whether it stays alive.';

/** The run has ended, and its `on_end` was not told of this end. A clock that was set back may make an earlier end the later one. */
const END_DUE = `runs.plan -> 'onEnd' ->> 'kind' IS NOT NULL AND finished_at IS NOT NULL
  AND end_notified_at IS DISTINCT FROM finished_at`;

/** The same, for what waits for the notification. */
const END_AWAITED = `${END_DUE} AND finished_at > now() - interval '${STACK_WAITS}'`;

/**
 * An expression: whether a notification is about to be delivered, which keeps a stack alive for a while. A command that
 * cancels a run waits for its notification itself.
 */
export const ABOUT_TO_NOTIFY = `(EXISTS (
  SELECT ${FROM} WHERE ${DUE} AND blockers.at > now() - interval '${STACK_WAITS}')
  OR EXISTS (SELECT FROM runs WHERE status <> 'cancelled' AND ${END_AWAITED}))`;

const receiverColumn = jsonColumn<Receiver>((to) => typeof to === 'object' && to !== null && 'kind' in to);

export const selectEndNotification = defineStatement({
  name: 'select-end-notification',
  reason: 'inexpressible',
  why: SAME_CONDITION,
  text: `SELECT runs.plan -> 'onEnd' AS "onEnd", repository, finished_at AS "finishedAt" FROM runs
    WHERE id = $1 AND ${END_DUE}`,
  values: (run: RunId) => [run],
  row: { onEnd: receiverColumn, repository: z.string(), finishedAt: z.date() },
});

export const settleEndNotification = defineStatement({
  name: 'settle-end-notification',
  reason: 'inexpressible',
  why: 'Settles the end that was told, and none that came after it.',
  text: 'UPDATE runs SET end_notified_at = $2 WHERE id = $1 AND finished_at = $2',
  values: (run: RunId, finishedAt: Date) => [run, finishedAt],
});

export const selectDueNotifications = defineStatement({
  name: 'select-due-notifications',
  reason: 'inexpressible',
  why: SAME_CONDITION,
  text: `SELECT blockers.id ${FROM} WHERE run_id = $1 AND ${DUE} ORDER BY notification_attempts, at, blockers.id LIMIT $2`,
  values: (run: RunId, limit: number) => [run, limit],
  row: { id: blockerIdColumn },
});

export const selectNotification = defineStatement({
  name: 'select-notification',
  reason: 'inexpressible',
  why: SAME_CONDITION,
  text: `SELECT blockers.id, run_id AS "runId", task_id AS "taskId", reason, question, at,
      runs.plan -> 'onBlocker' AS "onBlocker", repository
    ${FROM} WHERE blockers.id = $1 AND ${DUE}`,
  values: (id: BlockerId) => [id],
  row: {
    ...blockerColumns,
    onBlocker: receiverColumn,
    repository: z.string(),
  },
});

export const selectFirstDeliveryDue = defineStatement({
  name: 'select-first-delivery-due',
  reason: 'inexpressible',
  why: SAME_CONDITION,
  text: `SELECT EXISTS (SELECT ${FROM} WHERE run_id = $1 AND notification_attempts = 0 AND ${DUE})
    OR EXISTS (SELECT FROM runs WHERE id = $1 AND ${END_AWAITED}) AS due`,
  values: (run: RunId) => [run],
  row: { due: z.boolean() },
});

export const selectFailedDeliveries = defineStatement({
  name: 'select-failed-deliveries',
  reason: 'quick',
  why: 'What `status` and `blockers` say beside a blocker.',
  text: `SELECT id, notification_attempts AS attempts FROM blockers
    WHERE id = ANY ($1) AND delivered_at IS NULL AND notification_attempts > 0`,
  values: (ids: readonly BlockerId[]) => [ids],
  row: { id: blockerIdColumn, attempts: z.int() },
});
