import { z } from 'zod';
import { ABOUT_TO_NOTIFY } from './notifications.js';
import { defineStatement } from './statement.js';

/** Calls that a live worker is making. */
const CALLS = `EXISTS (SELECT FROM model_calls JOIN workers ON workers.id = worker_id
  WHERE state = 'open' AND NOT dead AND lease_until > now())`;

/** Runs that a live worker had something under way for (a test, say) when it last renewed its lease. */
const UNDER_WAY = `EXISTS (SELECT FROM workers WHERE NOT dead AND lease_until > now() AND active_runs > 0)`;

/** Workers renew their leases every two seconds: after this, even a busy one has said what was under way at a pause. */
const SAID_AFTER_MS = 5_000;

const JUST_PAUSED = `EXISTS (SELECT FROM runs
  WHERE status = 'paused' AND fence_at > extract(epoch FROM now()) * 1000 - ${SAID_AFTER_MS})`;

export const selectOpenWork = defineStatement({
  name: 'select-open-work',
  reason: 'inexpressible',
  why: 'The stack stops when all of it is false at one moment, leases by the clock of the database: one snapshot.',
  text: `SELECT EXISTS (SELECT FROM runs WHERE status = 'running') OR ${CALLS} OR ${UNDER_WAY} OR ${JUST_PAUSED}
    OR ${ABOUT_TO_NOTIFY} AS open`,
  row: { open: z.boolean() },
});
