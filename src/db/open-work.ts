import { connect } from './connection.js';
import { ABOUT_TO_TELL } from './tellings.js';

/** Calls that a worker which lives is making. */
const CALLS = `EXISTS (SELECT FROM model_calls JOIN workers ON workers.id = worker_id
  WHERE state = 'open' AND NOT dead AND lease_until > now())`;

/**
 * Whether a run can go on without a person: what keeps a background stack alive. A paused or a blocked run
 * waits for somebody, and needs nothing running meanwhile but the model calls that it has begun: their answers
 * are paid for.
 */
export async function hasOpenWork(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    const found = await client.query<{ open: boolean }>(
      `SELECT EXISTS (SELECT FROM runs WHERE status = 'running') OR ${CALLS} OR ${ABOUT_TO_TELL} AS open`,
    );
    return found.rows[0]?.open === true;
  } finally {
    await client.end();
  }
}
