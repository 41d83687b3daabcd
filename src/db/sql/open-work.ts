import { z } from 'zod';
import { ABOUT_TO_NOTIFY } from './notifications.js';
import { runIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

/** Model calls that a live worker is making. */
const CALLS = `EXISTS (SELECT FROM model_calls JOIN workers ON workers.id = worker_id
  WHERE state = 'open' AND NOT dead AND lease_until > now())`;

/** Runs for which a live worker had activities running, such as tests, when it last renewed its lease. */
const ACTIVITIES = `EXISTS (SELECT FROM workers WHERE NOT dead AND lease_until > now() AND active_runs > 0)`;

/** Workers renew their leases every two seconds. After this time even a busy worker has reported its activities. */
const REPORTED_AFTER_MS = 5_000;

/** Runs that were paused so recently that a worker may not have reported its activities yet. */
const JUST_PAUSED = `EXISTS (SELECT FROM runs
  WHERE status = 'paused' AND fence_at > extract(epoch FROM now()) * 1000 - ${REPORTED_AFTER_MS})`;

export const selectOpenRuns = defineStatement({
  name: 'select-open-runs',
  reason: 'hot',
  why: 'Read while the work of a dead worker waits.',
  text: `SELECT id FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled')`,
  row: { id: runIdColumn },
});

export const selectOpenWork = defineStatement({
  name: 'select-open-work',
  reason: 'inexpressible',
  why: 'The stack stops when all conditions are false in one snapshot, with leases by the clock of the database.',
  text: `SELECT EXISTS (SELECT FROM runs WHERE status = 'running') OR ${CALLS} OR ${ACTIVITIES} OR ${JUST_PAUSED}
    OR ${ABOUT_TO_NOTIFY} AS open`,
  row: { open: z.boolean() },
});
