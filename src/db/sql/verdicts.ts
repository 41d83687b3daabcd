import { z } from 'zod';
import type { CommitSha, RunId, TaskId, TreeSha, WorkerId } from '../../contract/ids.js';
import { sanitizeText, sanitizeJson } from '../database.js';
import {
  CHECK_FENCE,
  CHECK_RUN_FENCE,
  fenceValues,
  runFenceValues,
  type Fence,
  type RunFence,
} from './fencing.js';
import { defineStatement, type RowOf } from './statement.js';

const COLUMNS = `id, passed, exit_code AS "exitCode", not_found AS "notFound", ms, summary, output`;

const verdict = {
  id: z.int(),
  passed: z.boolean(),
  exitCode: z.int().nullable(),
  notFound: z.boolean(),
  ms: z.int(),
  summary: z.string(),
  output: z.string(),
};

export const selectVerdict = defineStatement({
  name: 'select-verdict',
  reason: 'hot',
  why: 'Read before every test.',
  text: `SELECT ${COLUMNS} FROM test_results WHERE run_id = $1 AND tree = $2 AND environment = ANY ($3::text[])
    ORDER BY array_position($3::text[], environment) LIMIT 1`,
  values: (run: RunId, tree: TreeSha, environmentHashes: readonly string[]) => [run, tree, environmentHashes],
  row: verdict,
});

export const selectVerdictById = defineStatement({
  name: 'select-verdict-by-id',
  reason: 'hot',
  why: 'Read by the first turn of every task.',
  text: `SELECT ${COLUMNS} FROM test_results WHERE id = $1`,
  values: (id: number) => [id],
  row: verdict,
});

export type VerdictRow = RowOf<typeof selectVerdict>;

export const selectVerdictOfAttempt = defineStatement({
  name: 'select-verdict-of-attempt',
  reason: 'hot',
  why: 'Read by every test of an attempt.',
  text: `SELECT ${COLUMNS} FROM test_results
    WHERE id = (SELECT test_id FROM attempts WHERE run_id = $1 AND task_id = $2 AND number = $3)`,
  values: (run: RunId, task: TaskId, attempt: number) => [run, task, attempt],
  row: verdict,
});

export const selectTestOutput = defineStatement({
  name: 'select-test-output',
  reason: 'inexpressible',
  why: 'Looks for the id of a verdict in the messages of a task, to which a verdict has no relation.',
  // Of a try at the start of the task, which belongs to no attempt, only the first message of a conversation tells.
  text: `SELECT whole_output AS "wholeOutput" FROM test_results WHERE run_id = $1 AND id = $3 AND (
      EXISTS (SELECT FROM attempts WHERE run_id = $1 AND task_id = $2 AND $3 IN (test_id, merge_test_id))
      OR EXISTS (SELECT FROM model_turns
        WHERE run_id = $1 AND task_id = $2 AND opening IS NOT NULL AND strpos(prompt::text, $4) > 0))`,
  values: (run: RunId, task: TaskId, id: number, mention: string) => [run, task, id, mention],
  row: { wholeOutput: z.string().nullable() },
});

export interface VerdictValues extends Omit<VerdictRow, 'id'> {
  /** The worker that ran the command, by its name when it began. */
  readonly worker: WorkerId;
  readonly wholeOutput: string | null;
  readonly run: RunId;
  readonly tree: TreeSha;
  readonly command: string;
  readonly environmentHash: string;
  readonly commit: CommitSha;
}

export const upsertVerdict = defineStatement({
  name: 'upsert-verdict',
  reason: 'atomic',
  why: 'When two workers test the same tree, both get the verdict of the faster one.',
  text: `WITH worker AS MATERIALIZED (SELECT check_worker($13))
    INSERT INTO test_results (run_id, tree, command, environment, commit, passed, exit_code, not_found, ms, summary,
      output, whole_output)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM worker
    ON CONFLICT (run_id, tree, environment) DO UPDATE SET run_id = EXCLUDED.run_id
    RETURNING ${COLUMNS}`,
  values: (given: VerdictValues) => [
    given.run,
    given.tree,
    given.command,
    given.environmentHash,
    given.commit,
    given.passed,
    given.exitCode,
    given.notFound,
    given.ms,
    sanitizeText(given.summary),
    sanitizeText(given.output),
    given.wholeOutput === null ? null : sanitizeText(given.wholeOutput),
    given.worker,
  ],
  row: verdict,
});

export const recordVerified = defineStatement({
  name: 'record-verified',
  reason: 'atomic',
  why: 'Compares the attempt with the newest of its run, and the commit with the tip, under the lock of the run.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_RUN_FENCE})
    UPDATE runs SET verified = $6, verify_test_id = $7 FROM fence WHERE id = $1 AND tip = $5`,
  values: (fence: RunFence, tip: CommitSha, { id, passed }: Pick<VerdictRow, 'id' | 'passed'>) => [
    ...runFenceValues(fence),
    tip,
    passed,
    id,
  ],
});

export const recordKnownVerify = defineStatement({
  name: 'record-known-verify',
  reason: 'atomic',
  why: 'Compares the commit with the tip, and that no check has failed on it, under the lock of the run.',
  text: `WITH worker AS MATERIALIZED (SELECT check_worker($5))
    UPDATE runs SET verified = true, verify_test_id = test_results.id FROM worker, test_results
    WHERE runs.id = $1 AND runs.tip = $2 AND runs.verified IS DISTINCT FROM false AND test_results.run_id = $1 AND test_results.tree = $3
      AND test_results.environment = $4 AND test_results.passed
      AND NOT EXISTS (SELECT FROM blockers WHERE blockers.run_id = $1 AND blockers.task_id IS NULL)
    RETURNING true AS verified`,
  values: (worker: WorkerId, run: RunId, tip: CommitSha, tree: TreeSha, environmentHash: string) => [
    run,
    tip,
    tree,
    environmentHash,
    worker,
  ],
  row: { verified: z.literal(true) },
});

export interface AttemptVerdictValues {
  readonly attempt: number;
  readonly turn: number;
  readonly test: number;
  readonly passed: boolean;
  /** Whether the attempt followed a red verdict. */
  readonly correction: boolean;
  /** The reply to the model; null after a green verdict. */
  readonly reply: string | null;
  /** The data of the event. */
  readonly event: object;
  /** The number of the correction that starts; null for none. */
  readonly nextCorrection: number | null;
  readonly nextReason: string | null;
  /** Whether that correction goes on from the task's start, in a new conversation. */
  readonly startsAgain: boolean;
}

export const recordVerdict = defineStatement({
  name: 'record-verdict',
  reason: 'atomic',
  why: 'Records the verdict, counts the attempt, starts the correction and writes the events, once.',
  text: `SELECT ${CHECK_FENCE}, record_verdict($1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
  values: (fence: Fence, given: AttemptVerdictValues) => [
    ...fenceValues(fence),
    given.attempt,
    given.turn,
    given.test,
    given.passed,
    given.correction,
    given.reply === null ? null : sanitizeText(given.reply),
    sanitizeJson(given.event),
    given.nextCorrection,
    given.nextReason === null ? null : sanitizeText(given.nextReason),
    given.startsAgain,
  ],
});
