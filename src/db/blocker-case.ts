/** What a person needs to know to answer a blocker, for the dashboard's inbox. */
import type { BlockedTask, BlockerCase } from '../contract/api.js';
import { taskId as parseTaskId, type BlockerId } from '../contract/ids.js';
import { openDependants } from '../shared/open-dependants.js';
import { findBlocker } from './blockers.js';
import type { Database } from './database.js';
import type { TaskKey } from './fencing.js';
import { readAttemptViews } from './task-page.js';
import { readFailedVerify } from './verdicts.js';

/** What the record says; whether there is work to accept is for the caller to add. */
export interface RecordedCase extends Omit<BlockerCase, 'task'> {
  readonly key: TaskKey | null;
  readonly task: Omit<BlockedTask, 'hasWork'> | null;
}

/** Reads the case of an open blocker; null when there is none with this id, or it was answered. */
export async function readBlockerCase(db: Database, id: BlockerId): Promise<RecordedCase | null> {
  const blocker = await findBlocker(db, id);
  if (blocker === null || blocker.resolvedBy !== null) return null;
  const { runId, taskId, reason, budgetUsd } = blocker;
  const run = await db.prisma.run.findUniqueOrThrow({
    where: { id: runId },
    select: { project: { select: { name: true } }, verified: true, verifyTestId: true },
  });
  const key = taskId === null ? null : { runId, taskId };
  return {
    runName: run.project.name,
    budgetUsd,
    failedVerify: reason === 'verify' ? await readFailedVerify(db.prisma, run) : null,
    key,
    task: key === null ? null : await readTask(db, key),
  };
}

async function readTask(db: Database, { runId, taskId }: TaskKey): Promise<Omit<BlockedTask, 'hasWork'>> {
  const [task, attempts, others] = await Promise.all([
    db.prisma.task.findUniqueOrThrow({
      where: { runId_id: { runId, id: taskId } },
      select: {
        title: true,
        attemptCount: true,
        correctionCount: true,
        testCommand: true,
      },
    }),
    readAttemptViews(db, { runId, taskId }),
    db.prisma.task.findMany({
      where: { runId },
      select: { id: true, title: true, status: true, dependsOn: true },
      orderBy: { number: 'asc' },
    }),
  ]);
  return {
    title: task.title,
    attempts: task.attemptCount,
    corrections: task.correctionCount,
    testCommand: task.testCommand,
    newest: attempts.at(-1) ?? null,
    dependants: openDependants(others, [taskId]).map(({ id, title }) => ({ id: parseTaskId(id), title })),
  };
}
