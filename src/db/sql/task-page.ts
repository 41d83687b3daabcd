import { z } from 'zod';
import type { RunId, TaskId } from '../../contract/ids.js';
import { attemptKindColumn, commitColumn, landingColumn, texts } from './columns.js';
import { defineStatement } from './statement.js';
import { answerColumn, promptColumn, turnKindColumn } from './turns.js';

export const selectTurnsOfTask = defineStatement({
  name: 'select-turns-of-task',
  reason: 'quick',
  why: 'The turns of a task, for `show`.',
  text: `SELECT number, attempt, model, prompt, answer, stop_reason AS "stopReason",
      input_tokens + cache_creation_tokens + cache_read_tokens AS "inputTokens", cache_read_tokens AS "cachedTokens",
      output_tokens AS "outputTokens", cost_usd::float8 AS "costUsd", ms, answered_at AS "answeredAt", conversation, kind
    FROM model_turns WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    number: z.int(),
    attempt: z.int(),
    model: z.string(),
    prompt: promptColumn,
    answer: answerColumn,
    stopReason: z.string(),
    inputTokens: z.int(),
    cachedTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.number(),
    ms: z.int(),
    answeredAt: z.date(),
    conversation: z.int(),
    kind: turnKindColumn,
  },
});

export const selectCallsOfTask = defineStatement({
  name: 'select-calls-of-task',
  reason: 'quick',
  why: 'The results of the calls of a task, for `show`; without the outputs, which are up to a megabyte each.',
  text: `SELECT turn, position, text, is_error AS "isError", before, draft, command, exit_code AS "exitCode", ms, kept,
      server, tool
    FROM call_results WHERE run_id = $1 AND task_id = $2 ORDER BY turn, position`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    turn: z.int(),
    position: z.int(),
    text: z.string(),
    isError: z.boolean(),
    before: commitColumn,
    draft: commitColumn,
    command: z.string().nullable(),
    exitCode: z.int().nullable(),
    ms: z.int().nullable(),
    kept: texts,
    server: z.string().nullable(),
    tool: z.string().nullable(),
  },
});

/** A joined test result as the object that testColumn reads; null without one. */
const testJson = (joined: string) =>
  `CASE WHEN ${joined}.id IS NOT NULL THEN json_build_object('command', ${joined}.command, 'passed', ${joined}.passed,
        'exitCode', ${joined}.exit_code, 'ms', ${joined}.ms, 'summary', ${joined}.summary, 'output', ${joined}.output) END`;

const testColumn = z.strictObject({
  command: z.string(),
  passed: z.boolean(),
  exitCode: z.int().nullable(),
  ms: z.int(),
  summary: z.string(),
  output: z.string(),
});

export const selectAttemptsOfTask = defineStatement({
  name: 'select-attempts-of-task',
  reason: 'quick',
  why: 'The attempts of a task with their tests, for `show`.',
  text: `SELECT number, turn, kind, base, attempts.commit, files, explanation, attempts.created_at AS "createdAt",
      landing, accepted, starts_again AS "startsAgain",
      ${testJson('own')} AS test, ${testJson('merge')} AS "mergeTest"
    FROM attempts LEFT JOIN test_results AS own ON own.id = test_id
    LEFT JOIN test_results AS merge ON merge.id = merge_test_id
    WHERE attempts.run_id = $1 AND task_id = $2 ORDER BY number`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    number: z.int(),
    turn: z.int(),
    kind: attemptKindColumn,
    base: commitColumn,
    commit: commitColumn,
    files: texts,
    explanation: z.string(),
    createdAt: z.date(),
    landing: landingColumn.nullable(),
    accepted: z.boolean(),
    startsAgain: z.boolean(),
    test: testColumn.nullable(),
    /** The test that failed on its merge. */
    mergeTest: testColumn.nullable(),
  },
});

export const selectNewestWork = defineStatement({
  name: 'select-newest-work',
  reason: 'quick',
  why: 'Which commits are the changes of a task, for `diff`.',
  text: `SELECT tasks.commit AS landed, attempt.start AS "attemptStart", attempt.commit AS "attemptCommit",
      drafted.start AS "draftStart", drafted.base AS "draftBase", drafted.draft
    FROM tasks
    LEFT JOIN LATERAL (
      SELECT turn, start, attempts.commit FROM attempts WHERE run_id = $1 AND task_id = $2 ORDER BY number DESC LIMIT 1
    ) AS attempt ON true
    LEFT JOIN LATERAL (
      SELECT start, base, draft FROM call_results
      WHERE run_id = $1 AND task_id = $2 AND turn > COALESCE(attempt.turn, 0) ORDER BY turn DESC, position DESC LIMIT 1
    ) AS drafted ON true
    WHERE tasks.run_id = $1 AND tasks.id = $2`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    landed: commitColumn.nullable(),
    /** Null together, without an attempt. */
    attemptStart: commitColumn.nullable(),
    attemptCommit: commitColumn.nullable(),
    /** Null together, without a call after the last attempt. */
    draftStart: commitColumn.nullable(),
    draftBase: commitColumn.nullable(),
    draft: commitColumn.nullable(),
  },
});
