import { z } from 'zod';
import type { BlockerId, CommitSha, RunId, TaskId, TreeSha } from '../../contract/ids.js';
import { sanitizeJson, sanitizeText } from '../database.js';
import {
  CHECK_FENCE,
  CHECK_RUN_FENCE,
  fenceValues,
  runFenceValues,
  type Fence,
  type RunFence,
} from './fencing.js';
import { blockerColumns } from './columns.js';
import { defineStatement } from './statement.js';

export interface Question {
  /** The reason, as a code for programs. */
  readonly reason: string;
  /** The question, as text for a person. */
  readonly question: string;
}

/** A question as parameters of a statement: the reason, then the text. */
const questionValues = ({ reason, question }: Question) => [reason, sanitizeText(question)] as const;

const RAISES =
  'Writes the question once, blocks the task that waits for it and writes the events, under the locks of both.';

export const raiseTaskBlocker = defineStatement({
  name: 'raise-task-blocker',
  reason: 'atomic',
  why: RAISES,
  text: `SELECT ${CHECK_FENCE}, raise_blocker($1, $2, $6, $7, $8)`,
  values: (fence: Fence, question: Question, turn: number | null) => [
    ...fenceValues(fence),
    ...questionValues(question),
    turn,
  ],
});

export const blockTaskOnRun = defineStatement({
  name: 'block-task-on-run',
  reason: 'atomic',
  why: 'Blocks the task with the one question that all tasks of the run wait for, and writes the events.',
  text: `SELECT ${CHECK_FENCE}, block_task_on_run($1, $2, $6, $7, $8)`,
  values: (fence: Fence, question: Question, turn: number | null) => [
    ...fenceValues(fence),
    ...questionValues(question),
    turn,
  ],
});

export const raiseLostBlocker = defineStatement({
  name: 'raise-lost-blocker',
  reason: 'atomic',
  why: RAISES,
  text: 'SELECT raise_blocker($1, $2, $3, $4, NULL)',
  values: (run: RunId, task: TaskId, question: Question) => [run, task, ...questionValues(question)],
});

export const raiseBlockerAsWorker = defineStatement({
  name: 'raise-blocker-as-worker',
  reason: 'atomic',
  why: RAISES,
  text: 'SELECT check_worker($4), raise_blocker($1, NULL, $2, $3, NULL)',
  values: (worker: string, run: RunId, question: Question) => [run, ...questionValues(question), worker],
});

export const raiseRunBlocker = defineStatement({
  name: 'raise-run-blocker',
  reason: 'atomic',
  why: RAISES,
  text: `SELECT ${CHECK_RUN_FENCE}, raise_blocker($1, NULL, $5, $6, NULL)`,
  values: (fence: RunFence, question: Question) => [...runFenceValues(fence), ...questionValues(question)],
});

export interface AnswerValues {
  readonly id: BlockerId;
  readonly by: string;
  readonly choice: string;
  readonly text: string;
  readonly reply: string;
  readonly corrections: number | null;
  readonly addUsd: number | null;
  readonly skipReason: string;
  /** The commit that is handed in. */
  readonly work: HandedInWork | null;
}

/** A person's commit as the work of a task: what an attempt records of a submission. */
export interface HandedInWork {
  /** The tip of the run that it was merged with. */
  readonly start: CommitSha;
  readonly commit: CommitSha;
  readonly tree: TreeSha;
  readonly files: readonly string[];
  readonly explanation: string;
}

export const answerBlocker = defineStatement({
  name: 'answer-blocker',
  reason: 'atomic',
  why: 'Only the first of several answers counts; the task, the budget and the events change with it.',
  text: 'SELECT answer_blocker($1, $2, $3, $4, $5, $6, $7, $8, $9) AS done',
  values: (answer: AnswerValues) => [
    answer.id,
    answer.by,
    answer.choice,
    sanitizeText(answer.text),
    sanitizeText(answer.reply),
    answer.corrections,
    answer.addUsd,
    sanitizeText(answer.skipReason),
    answer.work === null ? null : sanitizeJson(answer.work),
  ],
  /** Null when there is no such blocker. */
  row: { done: z.boolean().nullable() },
});

export const beginHandedInTest = defineStatement({
  name: 'begin-handed-in-test',
  reason: 'atomic',
  why: 'Sets the task in progress again, with its event, unless a newer attempt has begun.',
  text: `SELECT ${CHECK_FENCE}, move_task($1, $2, 'in_progress')`,
  values: (fence: Fence) => fenceValues(fence),
});

/** Who answered a question that nobody had to answer, because its cause was gone. */
export const SETTLED_BY = 'leadwright';

export const resolveRunBlockers = defineStatement({
  name: 'resolve-run-blockers',
  reason: 'atomic',
  why: 'Resolves each with its event.',
  text: `SELECT check_worker($3), resolve_blocker(id, '${SETTLED_BY}', 'It no longer needs an answer.', '')
    FROM blockers
    WHERE run_id = $1 AND task_id IS NULL AND reason = $2 AND resolved_at IS NULL`,
  values: (worker: string, run: RunId, reason: string) => [run, reason, worker],
});

/** Matches the answer of a person who gave options but no text (describeOptions, src/db/blockers.ts). */
const OPTIONS_ONLY = '^(--(accept|skip|retry [0-9]+|add-usd [^ ]+|commit [^ ]+) ?)*$';

export const selectAnswerTexts = defineStatement({
  name: 'select-answer-texts',
  reason: 'hot',
  why: 'Read by the first turn of every conversation.',
  text: `SELECT answer FROM blockers
    WHERE run_id = $1 AND task_id = $2 AND resolved_at IS NOT NULL AND answer !~ $3 ORDER BY resolved_at, id`,
  values: (run: RunId, task: TaskId) => [run, task, OPTIONS_ONLY],
  row: { answer: z.string() },
});

export const selectOpenBlockers = defineStatement({
  name: 'select-open-blockers',
  reason: 'quick',
  why: 'The list of `blockers`, and those of a run for `status`.',
  text: `SELECT blockers.id, run_id AS "runId", task_id AS "taskId", reason, question, at
    FROM blockers JOIN runs ON runs.id = run_id
    WHERE resolved_at IS NULL AND status <> 'cancelled' AND ($1::text IS NULL OR run_id = $1)
    ORDER BY at, blockers.id`,
  values: (run: RunId | null) => [run],
  row: blockerColumns,
});
