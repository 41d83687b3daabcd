import { z } from 'zod';
import type { RunId } from '../../contract/ids.js';
import { runIdColumn } from './columns.js';
import { defineStatement } from './statement.js';

export const requestLeadStart = defineStatement({
  name: 'request-lead-start',
  reason: 'atomic',
  why: 'Marks the run and notifies all workers in one statement.',
  text: `WITH requested AS (UPDATE runs SET awaits_lead = true WHERE id = $1 AND NOT awaits_lead RETURNING id)
    SELECT pg_notify($2, id) FROM requested`,
  values: (run: RunId, channel: string) => [run, channel],
});

export const settleLeadStart = defineStatement({
  name: 'settle-lead-start',
  reason: 'quick',
  why: 'A person waits for the start of the run.',
  text: `UPDATE runs SET awaits_lead = false WHERE id = $1 RETURNING cancel_requested AS "cancelRequested"`,
  values: (run: RunId) => [run],
  row: { cancelRequested: z.boolean() },
});

export const selectRequestedLeads = defineStatement({
  name: 'select-requested-leads',
  reason: 'quick',
  why: 'A person waits for the start of the run.',
  text: 'SELECT id FROM runs WHERE awaits_lead ORDER BY created_at',
  row: { id: runIdColumn },
});

export const selectAwaitsLead = defineStatement({
  name: 'select-awaits-lead',
  reason: 'quick',
  why: 'A person waits for the start of the run.',
  text: 'SELECT awaits_lead AS "awaitsLead" FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: { awaitsLead: z.boolean() },
});
