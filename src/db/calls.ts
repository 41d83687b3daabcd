/** The ledger of model calls: a call is claimed before it is sent, which reserves its cost, and settled afterwards. */
import { taskId as parseTaskId, type RunId, type TaskId } from '../contract/ids.js';
import type { Database } from './database.js';
import type { Fence, TaskKey } from './fencing.js';
import * as sql from './sql/calls.js';
import type { CallEnd, CallWanted } from './sql/calls.js';
import { onlyRow } from './sql/statement.js';

export type { CallEnd, CallWanted } from './sql/calls.js';

/** The result of claiming the call of a turn. */
export type Claim =
  /** The caller makes the call, which must not cost more than the amount that is reserved for it. */
  | { readonly outcome: 'claimed'; readonly call: number; readonly grantedUsd: number }
  /** The turn already has its answer. */
  | { readonly outcome: 'stored' }
  /** A live worker is making the call. */
  | { readonly outcome: 'busy' }
  /** The rest of the budget is reserved for open calls, which may release some of it. */
  | { readonly outcome: 'no_money' }
  /** The budget is used up: a person was asked, and the task waits with the whole run. */
  | { readonly outcome: 'waiting_on_run' }
  | { readonly outcome: 'paused' }
  | { readonly outcome: 'cancelled' };

/** Whether the call of a turn could be claimed now (`ready`), or why not. */
export type ClaimCheck = Exclude<Claim, { outcome: 'claimed' }> | { readonly outcome: 'ready' };

/**
 * Claims the call of a turn for this worker and reserves its money. An open call of the turn is settled
 * first: as lost when its worker is dead or when this process could not record its end, as unsent when the result of
 * its claim never reached this process.
 * @throws StaleFence
 */
export async function claimCall(db: Database, fence: Fence, wanted: CallWanted): Promise<Claim> {
  const { outcome, call, granted } = onlyRow(
    await sql.claimCall(db.pool, fence, { ...wanted, onlyChecks: false }),
  );
  if (outcome !== 'claimed' && outcome !== 'ready') return { outcome };
  if (outcome === 'ready' || call === null || granted === null)
    throw new Error('The database returned no number for a claimed call.');
  return { outcome, call, grantedUsd: granted };
}

/** Does what `claimCall` does, but for the claim itself. A call without money is recorded as waiting. @throws StaleFence */
export async function checkClaim(db: Database, fence: Fence, wanted: CallWanted): Promise<ClaimCheck> {
  const { outcome } = onlyRow(await sql.claimCall(db.pool, fence, { ...wanted, onlyChecks: true }));
  if (outcome === 'claimed') throw new Error('The database claimed a call that it should only check.');
  return { outcome };
}

/** Records how a call ended without an answer. A call that was not billed releases its reservation. */
export async function settleCall(db: Database, call: number, end: CallEnd, reason: string): Promise<void> {
  await sql.settleCall(db.pool, call, end, reason);
}

/**
 * Settles the calls of a cancelled run: those that were sent are possibly billed. A worker that still has one in its hands
 * records what became of it all the same. In an open run the next claim of the turn does this.
 */
export async function settleCallsOfCancelledRun(
  { pool }: Pick<Database, 'pool'>,
  runId: RunId,
): Promise<void> {
  await sql.settleCallsOfCancelledRun(pool, runId);
}

/** Whether the ledger has this call for this turn. */
export async function isCallOf(
  db: Database,
  call: number,
  turn: { readonly run_id: string; readonly task_id: string; readonly number: number },
): Promise<boolean> {
  const { run_id: runId, task_id: taskId, number } = turn;
  const found = await db.prisma.modelCall.findFirst({
    where: { id: call, runId, taskId, turn: number },
    select: { id: true },
  });
  return found !== null;
}

/** Counts the unsent and lost calls of a turn since a person last answered a blocker of the task or the run. */
export async function countBrokenCalls(
  db: Database,
  { runId, taskId }: TaskKey,
  turn: number,
): Promise<{ readonly unsent: number; readonly lost: number }> {
  const newest = await db.prisma.blocker.aggregate({
    where: { runId, OR: [{ taskId }, { taskId: null }] },
    _max: { resolvedAt: true },
  });
  const since = newest._max.resolvedAt;
  const count = (state: 'unsent' | 'lost') =>
    db.prisma.modelCall.count({
      where: { runId, taskId, turn, state, ...(since === null ? {} : { claimedAt: { gt: since } }) },
    });
  const [unsent, lost] = await Promise.all([count('unsent'), count('lost')]);
  return { unsent, lost };
}

/** A call in the ledger. */
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
