import type { RunId } from '../contract/ids.js';
import { greenTestWarnings, missingCommandWarnings, type OwnTest } from '../plan/own-test-warnings.js';
import type { PlanTask } from '../plan/plan-schema.js';
import type { SqlDatabase } from './database.js';
import { selectJudgedTasks, updateTestWarnings } from './sql/base-check.js';
import { selectTestsAtBase, selectTestWarnings } from './sql/run-view.js';

/** Reads the tasks that have their own test, in the plan's order, with the verdict on it at the run's base. */
export async function readOwnTestsAtBase(db: SqlDatabase, runId: RunId): Promise<OwnTest[]> {
  return selectTestsAtBase(db.pool, runId);
}

/** Lists what of each task decides whether its tests are protected, in the plan's order. */
export async function listJudgedTasks(
  db: SqlDatabase,
  runId: RunId,
): Promise<Pick<PlanTask, 'id' | 'agent' | 'test' | 'dependsOn'>[]> {
  return selectJudgedTasks(db.pool, runId);
}

/** Stores the warnings about tests that nothing protects. The same for every attempt, so it needs no fence. */
export async function storeTestWarnings(
  db: SqlDatabase,
  id: RunId,
  warnings: readonly string[],
): Promise<void> {
  await updateTestWarnings(db.pool, id, warnings);
}

/** Reads what a person should know about a run's tests, one sentence each; complete once each of its tasks has begun. */
export async function readTestWarnings(db: SqlDatabase, id: RunId): Promise<string[]> {
  const [[run], own] = await Promise.all([selectTestWarnings(db.pool, id), readOwnTestsAtBase(db, id)]);
  return [...(run?.warnings ?? []), ...greenTestWarnings(own), ...missingCommandWarnings(own)];
}
