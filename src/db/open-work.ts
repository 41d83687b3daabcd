import { connect } from './connection.js';
import { ABOUT_TO_TELL } from './tellings.js';

/**
 * Whether a run can go on without a person: what keeps a background stack alive. A paused or a blocked run
 * waits for somebody, and needs nothing running meanwhile.
 */
export async function hasOpenWork(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    const found = await client.query<{ open: boolean }>(
      `SELECT EXISTS (SELECT FROM runs WHERE status = 'running') OR ${ABOUT_TO_TELL} AS open`,
    );
    return found.rows[0]?.open === true;
  } finally {
    await client.end();
  }
}
