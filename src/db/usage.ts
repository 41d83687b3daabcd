/** What a run used: its bill, and what else may be on the provider's. */
import type { UsageMinute } from '../contract/api.js';
import type { RunView } from '../contract/contract.js';
import type { RunId } from '../contract/ids.js';
import { inSnapshot, type Database } from './database.js';
import { Prisma } from './generated/client.js';
import { selectUsageByMinute } from './sql/usage.js';

/**
 * The run's bill. Answers are counted by the turns they became, and those that came too late to become one by the
 * ledger: both were billed. Possibly billed is what was sent, had no whole answer, and was sent again: nothing else.
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
    const { _sum: of } = turns;
    return {
      modelCalls: turns._count + late._count,
      inputTokens:
        (of.inputTokens ?? 0) +
        (of.cacheCreationTokens ?? 0) +
        (of.cacheReadTokens ?? 0) +
        (late._sum.inputTokens ?? 0),
      outputTokens: (of.outputTokens ?? 0) + (late._sum.outputTokens ?? 0),
      costUsd: sumUsd([of.costUsd, late._sum.costUsd]),
      possiblyBilled: {
        calls: possibly.length,
        costUsd: sumUsd(possibly.map(({ worstUsd }) => worstUsd)),
      },
    };
  });
}

/** A sum without the rounding of floating point numbers. */
function sumUsd(amounts: readonly (Prisma.Decimal | null)[]): number {
  return amounts.reduce<Prisma.Decimal>((sum, usd) => sum.add(usd ?? 0), new Prisma.Decimal(0)).toNumber();
}

/** What each minute of a run used; minutes in which nothing was answered are left out. */
export async function readUsageByMinute(db: Database, runId: RunId): Promise<UsageMinute[]> {
  const rows = await selectUsageByMinute(db.pool, runId);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
