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

/** Reads the judgements of the attempts of a run's tasks: of each task, the newest one that has any. */
export async function readJudgedWork(
  db: Pick<Database, 'prisma'>,
  runId: RunId,
): Promise<ReadonlyMap<TaskId, JudgedWork>> {
  const attempts = await db.prisma.attempt.findMany({
    where: { runId, OR: [{ passed: { not: null } }, { accepted: true }] },
    distinct: ['taskId'],
    orderBy: [{ taskId: 'asc' }, { number: 'desc' }],
    select: { taskId: true, passed: true, accepted: true },
  });
  return new Map(attempts.map(({ taskId: id, ...attempt }) => [taskId(id), judgementOf(attempt)]));
}

/** The judgement of a completed task without an attempt: only a person completes it. */
export const ACCEPTED_WITHOUT_WORK: JudgedWork = { verdict: 'untested', accepted: true };

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
