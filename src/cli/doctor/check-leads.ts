/** Reports open runs whose lead agent cannot go on: its workflow task fails on every try. */
import { listRuns } from '../../db/run-list.js';
import { hasEnded } from '../../contract/run-status.js';
import { getLead, type RunControlContext } from '../../runs/control/lead.js';
import { findStuckLead } from '../../runs/control/stuck-lead.js';
import { forEachConcurrently } from '../../shared/async/for-each-concurrently.js';
import type { Finding } from './finding.js';

/** Each lead takes two requests to Temporal. */
const CONCURRENCY = 8;

export async function checkLeads(context: RunControlContext): Promise<Finding[]> {
  const open = (await listRuns(context.db)).filter(({ status }) => !hasEnded(status));
  const findings: Finding[] = [];
  await forEachConcurrently(open, CONCURRENCY, async ({ runId }) => {
    // A lead without a workflow is a difference of the record, which is reported as one.
    const stuck = await findStuckLead(await getLead(context, runId), runId).catch(() => null);
    if (stuck === null) return;
    findings.push({ what: `run ${runId}`, state: 'missing', said: stuck.message, fix: stuck.fix });
  });
  return findings;
}
