import { connect } from './connection.js';
import { ABOUT_TO_TELL } from './notifications.js';

/** Calls that a worker which lives is making. */
const CALLS = `EXISTS (SELECT FROM model_calls JOIN workers ON workers.id = worker_id
  WHERE state = 'open' AND NOT dead AND lease_until > now())`;

/** Runs that a worker which lives had something under way for (a test, say) when it last renewed its lease. */
const UNDER_WAY = `EXISTS (SELECT FROM workers WHERE NOT dead AND lease_until > now() AND under_way > 0)`;

/** Workers renew their leases every two seconds: after this, even a busy one has said what was under way at a pause. */
const SAID_AFTER_MS = 5_000;

const JUST_PAUSED = `EXISTS (SELECT FROM runs
  WHERE status = 'paused' AND report_at > extract(epoch FROM now()) * 1000 - ${SAID_AFTER_MS})`;

/**
 * Whether a run can go on without a person: what keeps a background stack alive. A paused or a blocked run
 * waits for somebody, and needs nothing running meanwhile but what it has begun: it is let end, and a model's
 * answers are paid for.
 */
export async function hasOpenWork(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    const found = await client.query<{ open: boolean }>(
      `SELECT EXISTS (SELECT FROM runs WHERE status = 'running') OR ${CALLS} OR ${UNDER_WAY} OR ${JUST_PAUSED}
         OR ${ABOUT_TO_TELL} AS open`,
    );
    return found.rows[0]?.open === true;
  } finally {
    await client.end();
  }
}
