/** How the work of a run's tasks was judged: by a test, or by a person. */
import type { TaskView } from '../contract/run-view.js';
import { taskId, type RunId, type TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { RunRecord } from './task-record.js';

/** The judgement of a task's newest work. */
export interface JudgedWork {
  readonly verdict: TaskView['verdict'];
  /** Whether a person accepted it as it is. */
  readonly accepted: boolean;
}

/** Reads the judgements of all tasks of a run that have any. */
export async function readJudgedWork(
  db: Pick<Database, 'prisma'>,
  runId: RunId,
): Promise<ReadonlyMap<TaskId, JudgedWork>> {
  const [attempts, completed] = await Promise.all([
    db.prisma.attempt.findMany({
      where: { runId, OR: [{ passed: { not: null } }, { accepted: true }] },
      distinct: ['taskId'],
      orderBy: [{ taskId: 'asc' }, { number: 'desc' }],
      select: { taskId: true, passed: true, accepted: true },
    }),
    // Only a person completes a task that has no attempt.
    db.prisma.task.findMany({
      where: { runId, status: 'completed', attempts: { none: {} } },
      select: { id: true },
    }),
  ]);
  return new Map([
    ...attempts.map(({ taskId: id, ...attempt }) => [taskId(id), judgementOf(attempt)] as const),
    ...completed.map(({ id }) => [taskId(id), { verdict: 'untested', accepted: true }] as const),
  ]);
}

function judgementOf({ passed, accepted }: { passed: boolean | null; accepted: boolean }): JudgedWork {
  return { verdict: passed === null ? 'untested' : passed ? 'passed' : 'failed', accepted };
}

/** Records the outcome of `verify` on a commit, unless the branch has moved on. */
export async function recordVerified(
  db: Pick<Database, 'prisma'>,
  { id, tip }: Pick<RunRecord, 'id' | 'tip'>,
  verified: boolean,
): Promise<void> {
  await db.prisma.run.updateMany({ where: { id, tip }, data: { verified } });
}
