/** Landing: recording which finished attempts reach the run branch and which are requeued. */
import type { Candidate } from '../contract/payloads.js';
import type { CommitSha, RunId, WorkerId } from '../contract/ids.js';
import type { Database } from './database.js';
import { landTasks, selectLandings } from './sql/landings.js';
import { onlyRow, type RowOf } from './sql/statement.js';

/** An attempt in the merge queue, with all that landing needs to know. */
export type LandingRecord = Readonly<RowOf<typeof selectLandings>>;

/** Reads the records of the candidates, in the given order. */
export async function readLandings(
  db: Database,
  runId: RunId,
  candidates: readonly Candidate[],
): Promise<LandingRecord[]> {
  const rows = await selectLandings(db.pool, runId, candidates);
  const order = new Map(candidates.map((candidate, index) => [candidate.taskId, index]));
  return rows.sort((a, b) => (order.get(a.taskId) ?? 0) - (order.get(b.taskId) ?? 0));
}

/** An attempt that landed; its commit is null when it changed nothing. */
export interface Landed {
  readonly record: LandingRecord;
  readonly commit: CommitSha | null;
  readonly files: readonly string[];
}

/** An attempt that is requeued to its agent, with the reply to the agent. */
export interface Requeued {
  readonly record: LandingRecord;
  readonly outcome: 'conflict' | 'red';
  /** The test that failed on the merge; null after a conflict. */
  readonly test: number | null;
  readonly files: readonly string[];
  readonly reply: string;
  /** Files of which the reply shows something. */
  readonly shown: readonly string[];
  /** The files of the draft that the reply shows whole, by git's names of their contents. */
  readonly knownBlobs: readonly string[];
  /** The tip that the task goes on from, and its draft on it. */
  readonly start: CommitSha;
  readonly draft: CommitSha;
}

/**
 * Records the landing of a merge batch. Returns false and records nothing when the tip is no longer `tips.from`, or when
 * an attempt has landed, was requeued or was accepted by a person since its record was read.
 * @throws StaleFence when the worker was declared dead
 */
export async function recordLanding(
  db: Database,
  worker: WorkerId,
  runId: RunId,
  tips: { readonly from: CommitSha; readonly to: CommitSha },
  landed: readonly Landed[],
  requeued: readonly Requeued[],
): Promise<boolean> {
  const { done } = onlyRow(
    await landTasks(db.pool, {
      worker,
      run: runId,
      ...tips,
      landed: landed.map(({ record, commit, files }) => ({
        task: record.taskId,
        attempt: record.attempt,
        accepted: record.accepted,
        commit,
        files,
        explanation: record.explanation,
      })),
      requeued: requeued.map(({ record, ...values }) => ({
        task: record.taskId,
        attempt: record.attempt,
        accepted: record.accepted,
        turn: record.turn,
        ...values,
      })),
    }),
  );
  return done;
}
