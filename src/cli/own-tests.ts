import type { Database } from '../db/database.js';
import { ownTestsAtBase } from '../db/own-tests.js';
import type { RunId } from '../ids.js';
import { ownTestWarnings } from '../plan/own-tests.js';

/** What a run's record says of the tests that its tasks have of their own. */
export async function ownTestWarningsOf(db: Database, run: RunId): Promise<string[]> {
  return ownTestWarnings(await ownTestsAtBase(db, run));
}
