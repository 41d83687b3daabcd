/** The ledger of model calls: claimed before they are sent, with their money; settled after it. */
import type { RunId, TaskId } from '../contract/ids.js';
import { storable, type Database } from './database.js';
import { queryFenced, type Fence, type TaskKey } from './fencing.js';

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

export interface CallWanted {
  readonly turn: number;
  /** The most that it can cost, in USD: reserved when it is claimed. */
  readonly worstUsd: number;
  /** The calls that this process is making now. */
  readonly inFlight: readonly number[];
  /** Calls that it has made, and whose end it could not record. */
  readonly unsettled: readonly number[];
}

/**
 * Claims a turn's call in the worker's name, and reserves its money. A call that was left open by a worker that
 * is dead, or whose end this process could not record, is lost by that; one that it never heard of was never sent.
 * @throws StaleFence
 */
export async function claimCall(
  db: Database,
  step: Fence,
  { turn, worstUsd, inFlight, unsettled }: CallWanted,
): Promise<Claim> {
  const found = await queryFenced<Claim>(
    db,
    step,
    'SELECT outcome, call FROM claim_call($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [turn, worstUsd, inFlight, unsettled],
  );
  const [claim] = found.rows;
  if (claim === undefined) throw new Error('The database said nothing of a claim.');
  return claim;
}

/** How a call ended without an answer: by an error (not billed), never sent, or broken off (perhaps billed). */
export type CallEnd = 'refused' | 'unsent' | 'lost';

/** Says it in the ledger: what was not billed gives its money back. */
export async function settleCall(db: Database, call: number, end: CallEnd, reason: string): Promise<void> {
  await db.pool.query('SELECT settle_call($1, $2, $3)', [call, end, storable(reason)]);
}

/** Calls of a turn that came to nothing on the wire, since a person last answered anything about it. */
export async function countBrokenCalls(
  db: Database,
  { runId, taskId }: TaskKey,
  turn: number,
): Promise<{ readonly unsent: number; readonly lost: number }> {
  const found = await db.pool.query<{ unsent: number; lost: number }>(
    `SELECT count(*) FILTER (WHERE state = 'unsent')::int AS unsent, count(*) FILTER (WHERE state = 'lost')::int AS lost
     FROM model_calls
     WHERE run_id = $1 AND task_id = $2 AND turn = $3 AND claimed_at > COALESCE((
       SELECT max(resolved_at) FROM blockers
       WHERE run_id = $1 AND COALESCE(task_id, $2) = $2), '-infinity')`,
    [runId, taskId, turn],
  );
  return found.rows[0] ?? { unsent: 0, lost: 0 };
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

interface CallRow extends Omit<CallRecord, 'claimedAt' | 'endedAt'> {
  readonly claimedAt: Date;
  readonly endedAt: Date | null;
}

/** All calls of a run, in the order of their claims. */
export async function listCalls(db: Database, runId: RunId): Promise<CallRecord[]> {
  const { rows } = await db.pool.query<CallRow>(
    `SELECT id AS call, task_id AS "taskId", turn, state, worst_usd::float8 AS "worstUsd",
       cost_usd::float8 AS "costUsd", reason, claimed_at AS "claimedAt", ended_at AS "endedAt"
     FROM model_calls WHERE run_id = $1 ORDER BY id`,
    [runId],
  );
  return rows.map((row) => ({
    ...row,
    claimedAt: row.claimedAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  }));
}
