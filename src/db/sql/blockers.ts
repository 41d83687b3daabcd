import { z } from 'zod';
import type { BlockerId, RunId, TaskId } from '../../contract/ids.js';
import { sanitizeText } from '../database.js';
import {
  CHECK_FENCE,
  CHECK_RUN_FENCE,
  fenceValues,
  runFenceValues,
  type Fence,
  type RunFence,
} from './fencing.js';
import { defineStatement } from './statement.js';

export interface Question {
  /** The reason, as a code for programs. */
  readonly reason: string;
  /** The question, as text for a person. */
  readonly question: string;
}

const RAISES =
  'Writes the question once, blocks the task that waits for it and writes the events, under the locks of both.';

export const raiseTaskBlocker = defineStatement({
  name: 'raise-task-blocker',
  reason: 'atomic',
  why: RAISES,
  text: `SELECT ${CHECK_FENCE}, raise_blocker($1, $2, $6, $7, $8)`,
  values: (fence: Fence, { reason, question }: Question, turn: number | null) => [
    ...fenceValues(fence),
    reason,
    sanitizeText(question),
    turn,
  ],
});

export const blockTaskOnRun = defineStatement({
  name: 'block-task-on-run',
  reason: 'atomic',
  why: 'Blocks the task with the one question that all tasks of the run wait for, and writes the events.',
  text: `SELECT ${CHECK_FENCE}, block_task_on_run($1, $2, $6, $7, $8)`,
  values: (fence: Fence, { reason, question }: Question, turn: number | null) => [
    ...fenceValues(fence),
    reason,
    sanitizeText(question),
    turn,
  ],
});

export const raiseBlocker = defineStatement({
  name: 'raise-blocker',
  reason: 'atomic',
  why: RAISES,
  text: 'SELECT raise_blocker($1, $2, $3, $4, NULL)',
  values: (run: RunId, task: TaskId | null, { reason, question }: Question) => [
    run,
    task,
    reason,
    sanitizeText(question),
  ],
});

export const raiseRunBlocker = defineStatement({
  name: 'raise-run-blocker',
  reason: 'atomic',
  why: RAISES,
  text: `SELECT ${CHECK_RUN_FENCE}, raise_blocker($1, NULL, $5, $6, NULL)`,
  values: (fence: RunFence, { reason, question }: Question) => [
    ...runFenceValues(fence),
    reason,
    sanitizeText(question),
  ],
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
}

export const answerBlocker = defineStatement({
  name: 'answer-blocker',
  reason: 'atomic',
  why: 'Only the first of several answers counts; the task, the budget and the events change with it.',
  text: 'SELECT answer_blocker($1, $2, $3, $4, $5, $6, $7, $8) AS done',
  values: (answer: AnswerValues) => [
    answer.id,
    answer.by,
    answer.choice,
    sanitizeText(answer.text),
    sanitizeText(answer.reply),
    answer.corrections,
    answer.addUsd,
    sanitizeText(answer.skipReason),
  ],
  /** Null when there is no such blocker. */
  row: { done: z.boolean().nullable() },
});

export const resolveRunBlockers = defineStatement({
  name: 'resolve-run-blockers',
  reason: 'atomic',
  why: 'Resolves each with its event.',
  text: `SELECT resolve_blocker(id, 'leadwright', 'It no longer needs an answer.', '') FROM blockers
    WHERE run_id = $1 AND task_id IS NULL AND reason = $2 AND resolved_at IS NULL`,
  values: (run: RunId, reason: string) => [run, reason],
});

/** Matches the answer of a person who gave options but no text (describeOptions, src/db/blockers.ts). */
const OPTIONS_ONLY = '^(--(accept|skip|retry [0-9]+|add-usd [^ ]+) ?)*$';

export const selectAnswerTexts = defineStatement({
  name: 'select-answer-texts',
  reason: 'hot',
  why: 'Read by the first turn of every conversation.',
  text: `SELECT answer FROM blockers
    WHERE run_id = $1 AND task_id = $2 AND resolved_at IS NOT NULL AND answer !~ $3 ORDER BY resolved_at, id`,
  values: (run: RunId, task: TaskId) => [run, task, OPTIONS_ONLY],
  row: { answer: z.string() },
});
