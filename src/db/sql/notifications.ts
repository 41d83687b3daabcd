import { z } from 'zod';
import type { BlockerId, RunId } from '../../contract/ids.js';
import type { OnBlocker } from '../../plan/plan-schema.js';
import { blockerIdColumn, jsonColumn, runIdColumn, taskIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

/** A command that failed three times fails for a reason that a fourth try would meet, too. */
const COMMAND_TRIES = 3;
/** A receiver that is down is back within a night's hours, or nobody waits for it any more. */
const URL_HOURS = 6;
/**
 * As long as this a background stack stays for a notification; then it ends as the contract says, and the notification
 * is delivered when the stack is next up. Three tries of a command that takes its whole minute fit.
 */
const STACK_STAYS = '5 minutes';

/** The notification is not delivered, somebody waits for it, and there are tries left. */
const DUE = `delivered_at IS NULL AND resolved_at IS NULL AND runs.status <> 'cancelled'
  AND CASE runs.plan -> 'onBlocker' ->> 'kind'
    WHEN 'command' THEN notification_attempts < ${COMMAND_TRIES}
    WHEN 'url' THEN notification_attempts = 0 OR blockers.at > now() - interval '${URL_HOURS} hours'
    ELSE false END`;

const FROM = 'FROM blockers JOIN runs ON runs.id = blockers.run_id';

const SAME_CONDITION =
  'Whether a notification is due depends on the plan and on the clock of the database; the stack decides by the same text whether it stays.';

/** Whether a notification is about to be delivered, as an expression: what keeps a stack alive for a while. */
export const ABOUT_TO_NOTIFY = `EXISTS (
  SELECT ${FROM} WHERE ${DUE} AND blockers.at > now() - interval '${STACK_STAYS}')`;

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
    id: blockerIdColumn,
    runId: runIdColumn,
    taskId: taskIdColumn.nullable(),
    reason: z.string(),
    question: z.string(),
    at: z.date(),
    onBlocker: jsonColumn<OnBlocker>((to) => typeof to === 'object' && to !== null && 'kind' in to),
    repository: z.string(),
  },
});

export const selectFirstDeliveryDue = defineStatement({
  name: 'select-first-delivery-due',
  reason: 'inexpressible',
  why: SAME_CONDITION,
  text: `SELECT EXISTS (SELECT ${FROM} WHERE run_id = $1 AND notification_attempts = 0 AND ${DUE}) AS due`,
  values: (run: RunId) => [run],
  row: { due: z.boolean() },
});
