/** Requests of commands that a worker starts the lead of a new run: loading Temporal's client would take a command longer. */
import type { RunId } from '../contract/ids.js';
import type { SqlDatabase } from './database.js';
import * as sql from './sql/lead-requests.js';

/** The channel of requests, with the run's id as payload. */
export const LEADS_CHANNEL = 'leadwright_leads';

/** Asks the workers to start the run's lead. Safe to repeat. */
export async function requestLeadStart({ pool }: Pick<SqlDatabase, 'pool'>, run: RunId): Promise<void> {
  await sql.requestLeadStart(pool, run, LEADS_CHANNEL);
}

/**
 * Notes that the run awaits its lead no longer.
 * @returns whether its cancellation was requested; null when it was deleted
 */
export async function settleLeadStart(
  { pool }: Pick<SqlDatabase, 'pool'>,
  run: RunId,
): Promise<{ readonly cancelRequested: boolean } | null> {
  return (await sql.settleLeadStart(pool, run))[0] ?? null;
}

/** The runs whose leads are to be started, the oldest first. */
export async function listRequestedLeads({ pool }: Pick<SqlDatabase, 'pool'>): Promise<RunId[]> {
  return (await sql.selectRequestedLeads(pool)).map(({ id }) => id);
}

/** Whether no worker has started the run's lead yet. False for a run that was deleted. */
export async function awaitsLead({ pool }: Pick<SqlDatabase, 'pool'>, run: RunId): Promise<boolean> {
  return (await sql.selectAwaitsLead(pool, run))[0]?.awaitsLead === true;
}
