import { taskId, type RunId } from '../contract/ids.js';
import type { OwnTest } from '../plan/own-test-warnings.js';
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
