import type { RunId } from '../contract/ids.js';
import type { Database } from './database.js';

/**
 * Why a run stopped without the fault of a task: the environment (a red base, a missing command, no access to the model),
 * or a bug in Leadwright (`INTERNAL`).
 */
export interface RunStop {
  readonly code: string;
  readonly reason: string;
}

/** The code of a run whose lead workflow failed because of a bug in Leadwright. */
export const INTERNAL = 'internal';

/** Reads why a run was prevented from starting; null when it started (a model has answered) or nothing prevented it. */
export async function readRunStop(db: Database, id: RunId): Promise<RunStop | null> {
  const run = await db.prisma.run.findUnique({
    where: { id },
    select: {
      status: true,
      stopCode: true,
      stopReason: true,
      turns: { take: 1, select: { number: true } },
      blockers: {
        where: { taskId: null, resolvedAt: null, reason: 'model_access' },
        take: 1,
        select: { reason: true, question: true },
      },
    },
  });
  if (run === null || run.turns.length > 0) return null;
  if (run.status === 'failed' && run.stopCode !== null) {
    return { code: run.stopCode, reason: run.stopReason ?? '' };
  }
  const [blocker] = run.blockers;
  return blocker === undefined ? null : { code: blocker.reason, reason: blocker.question };
}

/** Deletes a run that was prevented from starting, so that its id can be used again; false when the run started. */
export async function deleteStoppedRun(db: Database, id: RunId): Promise<boolean> {
  const { count } = await db.prisma.run.deleteMany({
    where: { id, status: 'failed', stopCode: { not: null }, turns: { none: {} } },
  });
  return count === 1;
}
