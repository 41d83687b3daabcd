import type { RunId } from '../contract/ids.js';
import type { OwnTest } from '../plan/own-test-warnings.js';
import type { Database } from './database.js';

/** The tasks with a test of their own, in the plan's order, and how it did at the run's base. */
export async function readOwnTestsAtBase(db: Database, runId: RunId): Promise<OwnTest[]> {
  const found = await db.pool.query<OwnTest>(
    `SELECT tasks.id AS "taskId", test_command AS command,
       (SELECT bool_or(passed) FROM test_results AS result
        WHERE result.run_id = runs.id AND result.commit = runs.base AND result.command = test_command) AS passed
     FROM tasks JOIN runs ON runs.id = tasks.run_id
     WHERE run_id = $1 AND test_command IS DISTINCT FROM runs.plan ->> 'test' ORDER BY number`,
    [runId],
  );
  return found.rows;
}
