import { connect } from './connection.js';
import type { RunId } from '../contract/ids.js';
import { selectOpenRuns, selectOpenWork } from './sql/open-work.js';
import { onlyRow, type Queryable } from './sql/statement.js';

/**
 * Whether there is work that needs a running stack: a background stack stays alive as long as there is. A paused or
 * blocked run waits for a person, but the calls and tests that it has started are finished, because they cost money.
 */
export async function hasOpenWork(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    return onlyRow(await selectOpenWork(client)).open;
  } finally {
    await client.end();
  }
}

/** Lists the runs that have not ended. */
export async function listOpenRuns(db: Queryable): Promise<RunId[]> {
  return (await selectOpenRuns(db)).map(({ id }) => id);
}
