import { taskId, type RunId } from '../contract/ids.js';
import { greenTestWarnings, type OwnTest } from '../plan/own-test-warnings.js';
import type { PlanTask } from '../plan/plan-schema.js';
import type { Database } from './database.js';
import { selectRun } from './sql/task-record.js';

/** Reads the tasks that have their own test, in the plan's order, with the verdict on it at the run's base. */
export async function readOwnTestsAtBase(db: Database, runId: RunId): Promise<OwnTest[]> {
  const [row] = await selectRun(db.pool, runId);
  if (row === undefined) return [];
  const { base, plan } = row.run;
  const [tasks, results] = await Promise.all([
    db.prisma.task.findMany({
      where: { runId, ...(plan.test === null ? {} : { testCommand: { not: plan.test } }) },
      select: { id: true, testCommand: true },
      orderBy: { number: 'asc' },
    }),
    db.prisma.testResult.findMany({
      where: { runId, commit: base },
      select: { command: true, passed: true },
    }),
  ]);
  return tasks.map(({ id, testCommand }) => {
    const verdicts = results.filter(({ command }) => command === testCommand);
    const passed = verdicts.length === 0 ? null : verdicts.some((verdict) => verdict.passed);
    return { taskId: taskId(id), command: testCommand, passed };
  });
}

/** Lists what of each task decides whether its tests are protected, in the plan's order. */
export async function listJudgedTasks(
  db: Database,
  runId: RunId,
): Promise<Pick<PlanTask, 'id' | 'agent' | 'test' | 'dependsOn'>[]> {
  const tasks = await db.prisma.task.findMany({
    where: { runId },
    select: { id: true, assignedTo: true, testCommand: true, dependsOn: true },
    orderBy: { number: 'asc' },
  });
  return tasks.map(({ id, assignedTo, testCommand, dependsOn }) => ({
    id: taskId(id),
    agent: assignedTo,
    test: testCommand,
    dependsOn: dependsOn.map(taskId),
  }));
}

/** Stores the warnings about tests that nothing protects. The same for every attempt, so it needs no fence. */
export async function storeTestWarnings(db: Database, id: RunId, warnings: readonly string[]): Promise<void> {
  await db.prisma.run.update({ where: { id }, data: { testWarnings: [...warnings] } });
}

/** Reads what a person should know about a run's tests, one sentence each; complete once each of its tasks has begun. */
export async function readTestWarnings(db: Database, id: RunId): Promise<string[]> {
  const [run, own] = await Promise.all([
    db.prisma.run.findUnique({ where: { id }, select: { testWarnings: true } }),
    readOwnTestsAtBase(db, id),
  ]);
  return [...(run?.testWarnings ?? []), ...greenTestWarnings(own)];
}
