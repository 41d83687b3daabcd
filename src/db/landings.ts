/** Finished attempts on their way to the branch. */
import type { Candidate } from '../contract/payloads.js';
import type { CommitSha, RunId, WorkerId } from '../contract/ids.js';
import type { Database } from './database.js';
import { landTasks, selectLandings } from './sql/landings.js';
import { onlyRow, type RowOf } from './sql/statement.js';

/** An attempt that is to land, with all that decides how. */
export type LandingRecord = Readonly<RowOf<typeof selectLandings>>;

/** The candidates' records, in the order given. */
export async function readLandings(
  db: Database,
  runId: RunId,
  candidates: readonly Candidate[],
): Promise<LandingRecord[]> {
  const rows = await selectLandings(db.pool, runId, candidates);
  const order = new Map(candidates.map((candidate, index) => [candidate.taskId, index]));
  return rows.sort((a, b) => (order.get(a.taskId) ?? 0) - (order.get(b.taskId) ?? 0));
}

/** What goes to the branch: a commit, or none when nothing changed. */
export interface Landed {
  readonly record: LandingRecord;
  readonly commit: CommitSha | null;
  readonly files: readonly string[];
}

/** What goes back to its agent, and what the agent is told. */
export interface Requeued {
  readonly record: LandingRecord;
  readonly outcome: 'conflict' | 'red';
  readonly files: readonly string[];
  readonly reply: string;
}

/**
 * Records a landing as a whole: false when the tip had moved from `from`, and nothing was recorded.
 * @throws StaleFence when the worker was taken for dead
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
        commit,
        files,
        explanation: record.explanation,
      })),
      requeued: requeued.map(({ record, outcome, files, reply }) => ({
        task: record.taskId,
        attempt: record.attempt,
        turn: record.turn,
        outcome,
        files,
        reply,
      })),
    }),
  );
  return done;
}
