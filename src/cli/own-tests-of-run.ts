import type { Database } from '../db/database.js';
import { readOwnTestsAtBase } from '../db/tests-at-base.js';
import type { RunId } from '../contract/ids.js';
import { ownTestWarnings } from '../plan/own-test-warnings.js';

/** What a run's record says of the tests that its tasks have of their own. */
export async function ownTestWarningsOf(db: Database, run: RunId): Promise<string[]> {
  return ownTestWarnings(await readOwnTestsAtBase(db, run));
}
