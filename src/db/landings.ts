/** Finished attempts on their way to the branch. */
import type { Role } from '../contract/contract.js';
import type { Candidate } from '../contract/payloads.js';
import type { CommitSha, RunId, TaskId, TreeSha, WorkerId } from '../contract/ids.js';
import { storableJson, type Database } from './database.js';
import { translateRefusals } from './fencing.js';

/** An attempt that is to land, with all that decides how. */
export interface LandingRecord {
  readonly taskId: TaskId;
  readonly attempt: number;
  /** The task's newest turn: what comes back of a landing is told after it. */
  readonly turn: number;
  readonly title: string;
  readonly explanation: string;
  readonly testCommand: string;
  readonly role: Role;
  readonly mayChange: readonly string[];
  readonly start: CommitSha;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  /** Files that the task was shown, read or found by search. */
  readonly shown: readonly string[];
  readonly landing: 'landed' | 'conflict' | 'red' | null;
  /** A person took it as it is, whatever its tests say. */
  readonly accepted: boolean;
  /** When the answer came that the attempt is made from. */
  readonly at: Date;
}

/** The candidates' records, in the order given. */
export async function readLandings(
  db: Database,
  runId: RunId,
  candidates: readonly Candidate[],
): Promise<LandingRecord[]> {
  const found = await db.pool.query<LandingRecord>(
    `SELECT tasks.id AS "taskId", attempts.number AS attempt, tasks.title, attempts.explanation,
       (SELECT max(t.number) FROM model_turns AS t WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id) AS turn,
       test_command AS "testCommand", assigned_to AS role, may_change AS "mayChange", start, attempts.commit, tree, landing, accepted, model_turns.answered_at AS at,
       tasks.files || COALESCE((SELECT array_agg(DISTINCT path) FROM model_turns AS t, unnest(t.shown) AS path
         WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id), '{}') AS shown
     FROM jsonb_to_recordset($2) AS wanted("taskId" text, attempt int)
     JOIN tasks ON tasks.run_id = $1 AND tasks.id = wanted."taskId"
     JOIN attempts ON attempts.run_id = $1 AND attempts.task_id = tasks.id AND attempts.number = wanted.attempt
     JOIN model_turns ON model_turns.run_id = $1 AND model_turns.task_id = tasks.id
       AND model_turns.number = attempts.turn`,
    [runId, JSON.stringify(candidates)],
  );
  const order = new Map(candidates.map((candidate, index) => [candidate.taskId, index]));
  return found.rows.sort((a, b) => (order.get(a.taskId) ?? 0) - (order.get(b.taskId) ?? 0));
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
  back: readonly Requeued[],
): Promise<boolean> {
  const statement = 'SELECT check_worker($6), land_tasks($1, $2, $3, $4, $5) AS done';
  const parameters = [
    runId,
    tips.from,
    tips.to,
    storableJson(
      landed.map(({ record, commit, files }) => ({
        task: record.taskId,
        attempt: record.attempt,
        commit,
        files,
        explanation: record.explanation,
      })),
    ),
    storableJson(
      back.map(({ record, outcome, files, reply }) => ({
        task: record.taskId,
        attempt: record.attempt,
        turn: record.turn,
        outcome,
        files,
        reply,
      })),
    ),
    worker,
  ];
  const found = await translateRefusals(() => db.pool.query<{ done: boolean }>(statement, parameters));
  return found.rows[0]?.done === true;
}
