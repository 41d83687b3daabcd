/** The ledger of model calls: claimed before they are sent, with their money; settled after it. */
import { taskId as parseTaskId, type RunId, type TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import * as sql from './sql/calls.js';
import type { CallEnd, CallWanted } from './sql/calls.js';
import { onlyRow } from './sql/statement.js';

export type { CallEnd, CallWanted } from './sql/calls.js';

/** What became of asking for a turn's call. */
export type Claim =
  /** It is the caller's to make. */
  | { readonly outcome: 'claimed'; readonly call: number }
  /** The turn has its answer. */
  | { readonly outcome: 'stored' }
  /** A worker that lives is at it: its answer will be the turn's. */
  | { readonly outcome: 'busy' }
  /** The run's money is set aside for other calls, which will not need all of it. */
  | { readonly outcome: 'no_money' }
  /** The run's money is at its end: a person was asked, and the task waits with the run. */
  | { readonly outcome: 'held' }
  | { readonly outcome: 'paused' }
  | { readonly outcome: 'cancelled' };

/**
 * Claims a turn's call in the worker's name, and reserves its money. A call that was left open by a worker that
 * is dead, or whose end this process could not record, is lost by that; one that it never heard of was never sent.
 * @throws StaleFence
 */
export async function claimCall(db: Database, fence: Fence, wanted: CallWanted): Promise<Claim> {
  const { outcome, call } = onlyRow(await sql.claimCall(db.pool, fence, wanted));
  if (outcome !== 'claimed') return { outcome };
  if (call === null) throw new Error('The database gave no number to a call that it let claim.');
  return { outcome, call };
}

/** Records how a call ended: what was not billed gives its money back. */
export async function settleCall(db: Database, call: number, end: CallEnd, reason: string): Promise<void> {
  await sql.settleCall(db.pool, call, end, reason);
}

/** Calls of a turn that came to nothing on the wire, since a person last answered anything about it. */
export async function countBrokenCalls(
  db: Database,
  { runId, taskId }: TaskKey,
  turn: number,
): Promise<{ readonly unsent: number; readonly lost: number }> {
  const answered = await db.prisma.blocker.aggregate({
    where: { runId, OR: [{ taskId }, { taskId: null }] },
    _max: { resolvedAt: true },
  });
  const since = answered._max.resolvedAt;
  const count = (state: 'unsent' | 'lost') =>
    db.prisma.modelCall.count({
      where: { runId, taskId, turn, state, ...(since === null ? {} : { claimedAt: { gt: since } }) },
    });
  const [unsent, lost] = await Promise.all([count('unsent'), count('lost')]);
  return { unsent, lost };
}

/** A call as the ledger has it. */
export interface CallRecord {
  readonly call: number;
  readonly taskId: TaskId;
  readonly turn: number;
  readonly state: string;
  readonly worstUsd: number;
  readonly costUsd: number | null;
  readonly reason: string | null;
  readonly claimedAt: string;
  readonly endedAt: string | null;
}

/** All calls of a run, in the order of their claims. */
export async function listCalls(db: Database, runId: RunId): Promise<CallRecord[]> {
  const rows = await db.prisma.modelCall.findMany({ where: { runId }, orderBy: { id: 'asc' } });
  return rows.map((row) => ({
    call: row.id,
    taskId: parseTaskId(row.taskId),
    turn: row.turn,
    state: row.state,
    worstUsd: row.worstUsd.toNumber(),
    costUsd: row.costUsd?.toNumber() ?? null,
    reason: row.reason,
    claimedAt: row.claimedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
