import { connect } from './connection.js';
import { selectOpenWork } from './sql/open-work.js';
import { onlyRow } from './sql/statement.js';

/**
 * Whether a run can go on without a person: what keeps a background stack alive. A paused or a blocked run
 * waits for somebody, and needs nothing running meanwhile but what it has begun: it is let end, and a model's
 * answers are paid for.
 */
export async function hasOpenWork(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    return onlyRow(await selectOpenWork(client)).open;
  } finally {
    await client.end();
  }
}
