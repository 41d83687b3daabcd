import { z } from 'zod';
import { roleSchema, runStatusSchema, taskStatusSchema } from '../../contract/status-schemas.js';
import type { RunId } from '../../contract/ids.js';
import { commitColumn, landingColumn, planPrices, runIdColumn, taskIdColumn, texts } from './columns.js';
import { defineStatement } from './statement.js';

export const selectRunIds = defineStatement({
  name: 'select-run-ids',
  reason: 'quick',
  why: 'Finds the run that a person named, for every command.',
  text: 'SELECT id FROM runs WHERE starts_with(id, $1) ORDER BY id',
  values: (beginning: string) => [beginning],
  row: { id: runIdColumn },
});

export const selectNewestRunId = defineStatement({
  name: 'select-newest-run-id',
  reason: 'quick',
  why: 'Finds the run `latest`, for every command.',
  text: 'SELECT id FROM runs ORDER BY created_at DESC LIMIT 1',
  row: { id: runIdColumn },
});

export const selectFoundRun = defineStatement({
  name: 'select-found-run',
  reason: 'quick',
  why: 'Which worker a command needs that changes a run.',
  text: 'SELECT status, model FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: { status: runStatusSchema, model: z.string() },
});

export const selectSeqAndStatus = defineStatement({
  name: 'select-seq-and-status',
  reason: 'quick',
  why: 'Whether a run that a command follows is at rest. It is asked while the run starts.',
  text: 'SELECT status, last_seq AS "lastSeq" FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: { status: runStatusSchema, lastSeq: z.int() },
});

export const selectRunBranches = defineStatement({
  name: 'select-run-branches',
  reason: 'quick',
  why: 'What `clean` may delete.',
  text: `SELECT id, status, branch, repository, git_folder AS "gitFolder" FROM runs ORDER BY created_at DESC`,
  row: {
    id: runIdColumn,
    status: runStatusSchema,
    branch: z.string(),
    repository: z.string(),
    gitFolder: z.string(),
  },
});

export const selectTestedCommits = defineStatement({
  name: 'select-tested-commits',
  reason: 'quick',
  why: 'Names the files with the outputs of the tests of a run, which `clean` deletes with it.',
  text: 'SELECT DISTINCT commit, command FROM test_results WHERE run_id = $1',
  values: (run: RunId) => [run],
  row: { commit: commitColumn, command: z.string() },
});

export const deleteRun = defineStatement({
  name: 'delete-run',
  reason: 'quick',
  why: 'All of what `clean` writes; the rows of the run go with it. A run may have been resumed since it was listed.',
  // The tasks are locked first, as everywhere (see the migration).
  text: `WITH locked AS MATERIALIZED (SELECT id FROM tasks WHERE run_id = $1 ORDER BY id FOR UPDATE)
    DELETE FROM runs WHERE (SELECT count(*) FROM locked) >= 0
      AND id = $1 AND status IN ('completed', 'failed', 'cancelled') RETURNING id`,
  values: (run: RunId) => [run],
  row: { id: runIdColumn },
});

/** The newest judgement of a task's work: by a test, or by a person. */
const JUDGED = `LEFT JOIN LATERAL (
    SELECT passed, accepted, landing FROM attempts WHERE attempts.run_id = tasks.run_id AND task_id = tasks.id
      AND (passed IS NOT NULL OR accepted) ORDER BY attempts.number DESC LIMIT 1
  ) AS judged ON true`;

/** The wait that stands for all: of the whole run, or else the oldest of its tasks. */
const WAIT = `LEFT JOIN LATERAL (
    SELECT task_id, reason, tries, since, until FROM model_waits WHERE run_id = runs.id
    ORDER BY task_id IS NOT NULL, since, id LIMIT 1
  ) AS wait ON true`;

const WAIT_COLUMNS = `wait.reason AS "waitReason", wait.tries AS "waitTries",
      wait.since AS "waitSince", wait.until AS "waitUntil"`;

/** They are null together. */
const waitColumns = {
  waitReason: z.string().nullable(),
  waitTries: z.int().nullable(),
  waitSince: z.date().nullable(),
  waitUntil: z.date().nullable(),
};
export type WaitColumns = z.output<z.ZodObject<typeof waitColumns>>;

/**
 * An accepted attempt that passed no test and did not go back to the agent when it was merged; or no attempt at all: a
 * person completed the task without work.
 */
const UNPROVEN = `(
    EXISTS (SELECT FROM attempts WHERE attempts.run_id = tasks.run_id AND task_id = tasks.id AND accepted
      AND passed IS NOT TRUE AND (landing IS NULL OR landing = 'landed'))
    OR NOT EXISTS (SELECT FROM attempts WHERE attempts.run_id = tasks.run_id AND task_id = tasks.id)
  )`;

/** Few tasks have such an answer. The attempts of no other task are read, since each open page reads the list every 4 s. */
const ACCEPTED_BY_PERSON = `tasks.id IN (
    SELECT task_id FROM blockers WHERE blockers.run_id = runs.id AND choice = 'accept'
  )`;

export const selectRuns = defineStatement({
  name: 'select-runs',
  reason: 'quick',
  why: 'The list of `status`.',
  // The questions of a cancelled run need no answer any more.
  text: `SELECT runs.id AS "runId", name, status, runs.created_at AS "startedAt", finished_at AS "finishedAt",
      runs.repository AS repo, verified, spent_usd::float8 AS "costUsd", runs.model,
      CASE WHEN spent_usd = 0 AND EXISTS (SELECT FROM model_turns WHERE run_id = runs.id) THEN plan -> 'prices' END AS prices,
      COALESCE(counts.total, 0) AS total, COALESCE(counts.completed, 0) AS completed,
      (
        SELECT count(*)::int FROM tasks
        WHERE run_id = runs.id AND tasks.status = 'completed' AND ${ACCEPTED_BY_PERSON} AND ${UNPROVEN}
      ) AS unproven,
      CASE WHEN status = 'cancelled' THEN 0 ELSE (
        SELECT count(*)::int FROM blockers WHERE run_id = runs.id AND resolved_at IS NULL
      ) END AS questions, ${WAIT_COLUMNS}
    FROM runs JOIN projects ON projects.id = project_id
    LEFT JOIN LATERAL (
      SELECT count(*)::int AS total, count(*) FILTER (WHERE tasks.status = 'completed')::int AS completed
      FROM tasks WHERE run_id = runs.id
    ) AS counts ON true
    LEFT JOIN LATERAL (
      SELECT task_id, reason, tries, since, until FROM model_waits WHERE run_id = runs.id AND task_id IS NULL
      ORDER BY since, id LIMIT 1
    ) AS wait ON true
    ORDER BY runs.created_at DESC`,
  row: {
    runId: runIdColumn,
    name: z.string(),
    status: runStatusSchema,
    startedAt: z.date(),
    finishedAt: z.date().nullable(),
    repo: z.string(),
    verified: z.boolean().nullable(),
    costUsd: z.number(),
    model: z.string(),
    /** Null when they do not decide whether the cost is known: it is not 0, or there is no answer. */
    prices: planPrices.nullable(),
    total: z.int(),
    completed: z.int(),
    unproven: z.int(),
    questions: z.int(),
    ...waitColumns,
  },
});

const taskOfView = z.strictObject({
  id: taskIdColumn,
  title: z.string(),
  status: taskStatusSchema,
  assignedTo: roleSchema,
  attempts: z.int(),
  corrections: z.int(),
  commit: commitColumn.nullable(),
  filesModified: texts,
  output: z.string(),
  error: z.string().nullable(),
  /** All are null without a judgement; `passed` also when a person judged untested work. */
  passed: z.boolean().nullable(),
  accepted: z.boolean().nullable(),
  landing: landingColumn.nullable(),
});

export const selectRunView = defineStatement({
  name: 'select-run-view',
  reason: 'quick',
  why: 'A run with its tasks, for `status`, `show` and `diff`.',
  text: `SELECT runs.id, status, repository, branch, base, tip, verified, wait.task_id AS "waitTask", ${WAIT_COLUMNS},
      (SELECT COALESCE(json_agg(json_build_object('id', id, 'title', title, 'status', status,
          'assignedTo', assigned_to, 'attempts', attempt_count, 'corrections', correction_count, 'commit', commit,
          'filesModified', COALESCE(files_modified, '{}'), 'output', output, 'error', error,
          'passed', judged.passed, 'accepted', judged.accepted, 'landing', judged.landing) ORDER BY number), '[]')
        FROM tasks ${JUDGED} WHERE run_id = runs.id) AS tasks
    FROM runs ${WAIT} WHERE runs.id = $1`,
  values: (run: RunId) => [run],
  row: {
    id: runIdColumn,
    status: runStatusSchema,
    repository: z.string(),
    branch: z.string(),
    base: commitColumn,
    tip: commitColumn,
    verified: z.boolean().nullable(),
    /** Null for a wait of the whole run, too. */
    waitTask: taskIdColumn.nullable(),
    ...waitColumns,
    tasks: z.array(taskOfView),
  },
});

export const selectRunStop = defineStatement({
  name: 'select-run-stop',
  reason: 'quick',
  why: 'Why a run did not start, or failed by a bug, for `status`.',
  text: `SELECT status, stop_code AS "stopCode", stop_reason AS "stopReason", (
        SELECT question FROM blockers WHERE run_id = runs.id AND task_id IS NULL AND resolved_at IS NULL
          AND reason = $2 LIMIT 1
      ) AS question
    FROM runs WHERE id = $1
      AND (stop_code IS NOT DISTINCT FROM $3 OR NOT EXISTS (SELECT FROM model_turns WHERE run_id = runs.id))`,
  values: (run: RunId, reason: string, bug: string) => [run, reason, bug],
  row: {
    status: runStatusSchema,
    stopCode: z.string().nullable(),
    stopReason: z.string().nullable(),
    /** The open question of this reason. */
    question: z.string().nullable(),
  },
});

export const selectTestsAtBase = defineStatement({
  name: 'select-tests-at-base',
  reason: 'quick',
  why: 'The warnings of `status` about tests that were green at the base, or could not run there.',
  text: `SELECT tasks.id AS "taskId", test_command AS command, bool_or(passed) AS passed,
      COALESCE(bool_or(not_found), false) AS "notFound"
    FROM runs JOIN tasks ON tasks.run_id = runs.id
    LEFT JOIN test_results AS results
      ON results.run_id = runs.id AND results.commit = base AND results.command = test_command
    WHERE runs.id = $1 AND test_command IS DISTINCT FROM plan ->> 'test'
    GROUP BY tasks.id, test_command, number ORDER BY number`,
  values: (run: RunId) => [run],
  row: { taskId: taskIdColumn, command: z.string(), passed: z.boolean().nullable(), notFound: z.boolean() },
});

export const selectTestWarnings = defineStatement({
  name: 'select-test-warnings',
  reason: 'quick',
  why: 'The warnings of `status` about tests that nothing protects.',
  text: 'SELECT test_warnings AS warnings FROM runs WHERE id = $1',
  values: (run: RunId) => [run],
  row: { warnings: texts },
});
