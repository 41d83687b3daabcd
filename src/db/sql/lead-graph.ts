import { z } from 'zod';
import { roleSchema, runStatusSchema, taskStatusSchema } from '../../contract/status-schemas.js';
import type { RunId, TaskId } from '../../contract/ids.js';
import { attemptKindColumn, commitColumn, taskIdColumn } from './columns.js';
import { ANSWERED, WAITING_ON_RUN } from './question-conditions.js';
import { defineStatement } from './statement.js';

export const selectRunTotals = defineStatement({
  name: 'select-run-totals',
  reason: 'inexpressible',
  why: 'Computed over all tasks of a run, which may be ten thousand, each time that its lead loads.',
  text: `SELECT count(*) FILTER (WHERE status = 'completed')::int AS completed,
      COALESCE(max(test_timeout_ms), 0) AS "longestTestMs",
      EXISTS (SELECT FROM model_turns WHERE run_id = $1) AS begun
    FROM tasks WHERE run_id = $1`,
  values: (run: RunId) => [run],
  row: { completed: z.int(), longestTestMs: z.int(), begun: z.boolean() },
});

export const selectRunSettings = defineStatement({
  name: 'select-run-settings',
  reason: 'hot',
  why: 'Read with every page of the graph.',
  text: `SELECT tip, json_build_object('concurrency', concurrency, 'maxCorrections', max_corrections,
      'status', status, 'notifies', plan -> 'onBlocker' ->> 'kind' IS NOT NULL,
      'notifiesOfEnd', plan -> 'onEnd' ->> 'kind' IS NOT NULL) AS settings
    FROM runs WHERE id = $1`,
  values: (run: RunId) => [run],
  row: {
    tip: commitColumn,
    settings: z.strictObject({
      concurrency: z.int(),
      maxCorrections: z.int(),
      status: runStatusSchema,
      notifies: z.boolean(),
      notifiesOfEnd: z.boolean(),
    }),
  },
});

/** The number of the last turn whose result is recorded. A submission without a recorded result is processed again. */
const TURNS_DONE = `COALESCE((SELECT max(number) FROM model_turns AS t WHERE t.run_id = tasks.run_id
  AND t.task_id = tasks.id AND t.reply IS NOT NULL OR t.run_id = tasks.run_id AND t.task_id = tasks.id
  AND EXISTS (SELECT FROM attempts AS a WHERE a.run_id = t.run_id AND a.task_id = t.task_id AND a.turn = t.number
    AND a.passed IS NOT NULL)), 0)`;

export interface GraphValues {
  readonly run: RunId;
  /** The number of the last task of the page before. */
  readonly after: number;
  /** The tasks to read, whatever their status; null for all that are not completed. */
  readonly only: readonly TaskId[] | null;
  /** Tasks in one page. */
  readonly page: number;
  /** Characters of a title. */
  readonly title: number;
}

export const selectGraphTasks = defineStatement({
  name: 'select-graph-tasks',
  reason: 'hot',
  why: 'Reads the progress of each task of a page: one statement and one snapshot for a thousand tasks.',
  text: `SELECT number, id, left(title, $5) AS title, assigned_to AS role, depends_on AS "dependsOn",
      can_parallelize AS "canParallelize", priority, status, ${ANSWERED} AS answered, ${WAITING_ON_RUN} AS "waitingOnRun",
      COALESCE(handed.attempt IS NULL AND last.landing IS NULL AND (last.accepted OR last.passed AND NOT EXISTS (
        SELECT FROM model_turns AS t WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id AND t.number > last.turn
      )), false) AS ready,
      corrections_allowed AS "correctionsAllowed", generate_timeout_ms AS "generateTimeoutMs",
      test_timeout_ms AS "testTimeoutMs",
      CASE WHEN status = 'pending' AND NOT EXISTS (
          SELECT FROM model_turns AS t WHERE t.run_id = tasks.run_id AND t.task_id = tasks.id)
          AND handed.attempt IS NULL
        THEN NULL ELSE json_build_object('turns', ${TURNS_DONE},
        'attempts', COALESCE(handed.attempt - 1, GREATEST(attempt_count, last.attempt)),
        'corrections', (SELECT count(*) FROM correction_attempts AS c WHERE c.run_id = tasks.run_id
          AND c.task_id = tasks.id AND c.created_at > COALESCE(asked.answered_at, '-infinity')),
        'requeues', requeues.count,
        'kind', CASE WHEN handed.attempt IS NOT NULL THEN 'handed_in' WHEN last.turn IS NULL THEN 'first' WHEN last.landing IS NULL AND NOT last.passed THEN 'correction'
          ELSE 'rebase' END,
        'work', CASE WHEN handed.attempt IS NOT NULL
          THEN json_build_object('start', handed.start, 'commit', handed.start, 'draft', handed.commit)
          WHEN drafted.draft <> drafted.start OR drafted.base <> drafted.start
          THEN json_build_object('start', drafted.start, 'commit', drafted.base, 'draft', drafted.draft)
          WHEN drafted.draft IS NULL AND last.landing IS NULL AND last.commit <> last.start
          THEN json_build_object('start', last.start, 'commit', last.commit,
            'draft', CASE WHEN last.starts_again THEN last.start ELSE last.commit END)
          WHEN drafted.draft IS NULL AND last.landing IS NOT NULL AND last.next_draft <> last.next_start
          THEN json_build_object('start', last.next_start, 'commit', last.next_start, 'draft', last.next_draft)
          END) END AS progress,
      requeues.count + asked.answers
        + (status = 'in_progress' AND last.landing IS DISTINCT FROM 'conflict'
           AND last.landing IS DISTINCT FROM 'red')::int AS workflows
    FROM tasks LEFT JOIN LATERAL (
      SELECT a.number AS attempt, turn, start, commit, passed, landing, next_start, next_draft, accepted, starts_again FROM attempts AS a
      WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id AND (a.passed IS NOT NULL OR a.accepted)
      ORDER BY number DESC LIMIT 1) AS last ON true
    LEFT JOIN LATERAL (
      SELECT start, base, draft FROM call_results AS c
      WHERE c.run_id = tasks.run_id AND c.task_id = tasks.id AND c.turn > COALESCE(last.turn, 0)
        -- The attempt was accepted after more turns, and then requeued on a new start: their draft is over.
        AND (last.landing IS NULL OR c.start <> last.start)
      ORDER BY c.turn DESC, position DESC LIMIT 1) AS drafted ON true
    LEFT JOIN LATERAL (
      -- A person's commit that was not tested yet.
      SELECT a.number AS attempt, a.start, a.commit FROM attempts AS a
      WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id AND kind = 'handed_in' AND a.passed IS NULL
        AND NOT a.accepted AND a.number > COALESCE(last.attempt, 0)
      ORDER BY a.number DESC LIMIT 1) AS handed ON true
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS answers, max(resolved_at) AS answered_at FROM blockers AS b
      WHERE b.run_id = tasks.run_id AND b.task_id = tasks.id AND resolved_at IS NOT NULL) AS asked
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count FROM attempts AS a
      WHERE a.run_id = tasks.run_id AND a.task_id = tasks.id AND a.landing IN ('conflict', 'red')) AS requeues
    WHERE run_id = $1 AND number > $2 AND CASE WHEN $3::text[] IS NULL THEN status <> 'completed'
      ELSE id = ANY($3) END
    ORDER BY number LIMIT $4`,
  values: ({ run, after, only, page, title }: GraphValues) => [run, after, only, page, title],
  row: {
    number: z.int(),
    id: taskIdColumn,
    title: z.string(),
    role: roleSchema,
    dependsOn: z.array(taskIdColumn),
    canParallelize: z.boolean(),
    priority: z.int(),
    status: taskStatusSchema,
    answered: z.boolean(),
    waitingOnRun: z.boolean(),
    ready: z.boolean(),
    correctionsAllowed: z.int().nullable(),
    generateTimeoutMs: z.int(),
    testTimeoutMs: z.int(),
    progress: z
      .strictObject({
        turns: z.int(),
        attempts: z.int(),
        corrections: z.int(),
        requeues: z.int(),
        kind: attemptKindColumn,
        work: z.strictObject({ start: commitColumn, commit: commitColumn, draft: commitColumn }).nullable(),
      })
      .nullable(),
    workflows: z.int(),
  },
});
