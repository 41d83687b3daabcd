/** How the work of a run's tasks was judged: by a test, or by a person. */
import type { z } from 'zod';
import type { RunView, TaskView } from '../contract/run-view.js';
import type { TaskStatus } from '../contract/run-status.js';
import { taskId, type RunId, type TaskId } from '../contract/ids.js';
import { verdictAfterMerge } from '../shared/words/judgement-words.js';
import type { Prisma } from './generated/client.js';
import { landingColumn } from './sql/columns.js';

/** The judgement of a task's newest work. */
export interface JudgedWork {
  readonly verdict: TaskView['verdict'];
  /** Whether a person accepted it as it is. */
  readonly accepted: boolean;
}

/** The columns of a task that say how its work was judged. */
interface JudgedTask {
  readonly status: TaskStatus;
  /** Both are null when none of its attempts was judged. */
  readonly passed: boolean | null;
  readonly accepted: boolean | null;
  /** The outcome of its merge; null without one, and once a person accepted work that was sent back. */
  readonly landing: Landing | null;
}

type Landing = z.output<typeof landingColumn>;

/** The judgement of a task's newest work that has one; null when there is none. Pure. */
export function judgementOf({ status, passed, accepted, landing }: JudgedTask): JudgedWork | null {
  // Only a person completes a task without an attempt.
  if (accepted === null) return status === 'completed' ? { verdict: 'untested', accepted: true } : null;
  const own = passed === null ? 'untested' : passed ? 'passed' : 'failed';
  return { verdict: landing === null ? own : verdictAfterMerge(landing, own), accepted };
}

/** The outcome of a run's `verify`; null until it has run. Pure. */
export function verifyOutcome({ verified }: { readonly verified: boolean | null }): RunView['verify'] {
  return verified === null ? null : verified ? 'passed' : 'failed';
}

/** What was said of a task's newest work that was judged. */
export type Judgement = Pick<JudgedTask, 'passed' | 'accepted' | 'landing'>;

export const NOT_JUDGED: Judgement = { passed: null, accepted: null, landing: null };

/** Reads of each of a run's tasks, or of one, the newest judgement of its work; a task without any is not in the result. */
export async function readJudgedWork(
  db: { readonly prisma: Pick<Prisma.TransactionClient, 'attempt'> },
  of: { readonly runId: RunId; readonly taskId?: TaskId },
): Promise<ReadonlyMap<TaskId, Judgement>> {
  const attempts = await db.prisma.attempt.findMany({
    where: { ...of, OR: [{ passed: { not: null } }, { accepted: true }] },
    distinct: ['taskId'],
    orderBy: [{ taskId: 'asc' }, { number: 'desc' }],
    select: { taskId: true, passed: true, accepted: true, landing: true },
  });
  return new Map(
    attempts.map(({ taskId: id, landing, ...judgement }) => [
      taskId(id),
      { ...judgement, landing: landingColumn.nullable().parse(landing) },
    ]),
  );
}
