/** The usage of a run: what was billed, and what may have been billed. */
import type { UsageMinute } from '../contract/api.js';
import type { RunView } from '../contract/run-view.js';
import type { RunId } from '../contract/ids.js';
import { inSnapshot, type Database } from './database.js';
import { Prisma } from './generated/client.js';
import { selectUsageByMinute } from './sql/usage.js';

/**
 * Reads the usage of a run. Answers that became turns are counted from the turns, late answers from the ledger: both
 * were billed. Only a lost call that was followed by another call of its turn counts as possibly billed.
 */
export async function readUsage(db: Database, runId: RunId): Promise<RunView['usage']> {
  return inSnapshot(db, async (tx) => {
    const turns = await tx.modelTurn.aggregate({
      where: { runId },
      _count: true,
      _sum: {
        inputTokens: true,
        cacheCreationTokens: true,
        cacheReadTokens: true,
        outputTokens: true,
        costUsd: true,
      },
    });
    const late = await tx.modelCall.aggregate({
      where: { runId, state: 'late' },
      _count: true,
      _sum: { inputTokens: true, outputTokens: true, costUsd: true },
    });
    const lost = await tx.modelCall.findMany({
      where: { runId, state: 'lost' },
      select: { id: true, taskId: true, turn: true, worstUsd: true },
    });
    const later =
      lost.length === 0
        ? []
        : await tx.modelCall.findMany({
            where: {
              runId,
              taskId: { in: [...new Set(lost.map(({ taskId }) => taskId))] },
              state: { notIn: ['waiting', 'unsent'] },
            },
            select: { id: true, taskId: true, turn: true },
          });
    const possibly = lost.filter((call) =>
      later.some(({ id, taskId, turn }) => taskId === call.taskId && turn === call.turn && id > call.id),
    );
    const { _sum: sums } = turns;
    return {
      modelCalls: turns._count + late._count,
      inputTokens:
        (sums.inputTokens ?? 0) +
        (sums.cacheCreationTokens ?? 0) +
        (sums.cacheReadTokens ?? 0) +
        (late._sum.inputTokens ?? 0),
      outputTokens: (sums.outputTokens ?? 0) + (late._sum.outputTokens ?? 0),
      costUsd: sumUsd([sums.costUsd, late._sum.costUsd]),
      possiblyBilled: {
        calls: possibly.length,
        costUsd: sumUsd(possibly.map(({ worstUsd }) => worstUsd)),
      },
    };
  });
}

/** Sums amounts without floating-point rounding. */
function sumUsd(amounts: readonly (Prisma.Decimal | null)[]): number {
  return amounts.reduce<Prisma.Decimal>((sum, usd) => sum.add(usd ?? 0), new Prisma.Decimal(0)).toNumber();
}

/** Reads the usage of a run per minute. Minutes without an answer are left out. */
export async function readUsageByMinute(db: Database, runId: RunId): Promise<UsageMinute[]> {
  const rows = await selectUsageByMinute(db.pool, runId);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
