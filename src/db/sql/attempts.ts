import { z } from 'zod';
import type { RunId, TaskId } from '../../contract/ids.js';
import { sanitizeText, sanitizeJson } from '../database.js';
import { attemptKindColumn, commitColumn, landingColumn, texts, treeColumn } from './columns.js';
import { CHECK_FENCE, fenceValues, type Fence } from './fencing.js';
import { defineStatement, type RowOf } from './statement.js';

export const selectAttempts = defineStatement({
  name: 'select-attempts',
  reason: 'hot',
  why: 'Read by every apply and every test of an attempt.',
  text: `SELECT number, turn, kind, start, base, commit, tree, files, explanation, passed, landing
    FROM attempts WHERE run_id = $1 AND task_id = $2 ORDER BY number`,
  values: (run: RunId, task: TaskId) => [run, task],
  row: {
    number: z.int(),
    turn: z.int(),
    kind: attemptKindColumn,
    /** The tip that the work started from, the commit that the changes were applied to, and the resulting commit. */
    start: commitColumn,
    base: commitColumn,
    commit: commitColumn,
    tree: treeColumn,
    files: texts,
    explanation: z.string(),
    passed: z.boolean().nullable(),
    landing: landingColumn.nullable(),
  },
});

export type AttemptRow = RowOf<typeof selectAttempts>;

export interface NewAttempt extends Readonly<Omit<AttemptRow, 'passed' | 'landing'>> {
  /** The contents that its last changes left and that the model knows as a whole, by git's names. */
  readonly knownBlobs: readonly string[];
}

export const insertAttempt = defineStatement({
  name: 'insert-attempt',
  reason: 'atomic',
  why: 'Stores the attempt, updates its task and writes the event, or does nothing when it is stored already.',
  text: `WITH fence AS MATERIALIZED (SELECT ${CHECK_FENCE}), stored AS (
      INSERT INTO attempts (run_id, task_id, number, turn, kind, start, base, commit, tree, files, known_blobs,
        explanation)
      SELECT $1, $2, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM fence
      ON CONFLICT DO NOTHING RETURNING run_id, task_id
    ), moved AS (
      UPDATE tasks SET workflow_step = 'test', output = $15 FROM stored
      WHERE tasks.run_id = stored.run_id AND tasks.id = stored.task_id RETURNING tasks.run_id, tasks.id
    )
    SELECT append_event(run_id, id, 'changes.applied', $16) FROM moved`,
  values: (fence: Fence, attempt: NewAttempt) => [
    ...fenceValues(fence),
    attempt.number,
    attempt.turn,
    attempt.kind,
    attempt.start,
    attempt.base,
    attempt.commit,
    attempt.tree,
    attempt.files.map(sanitizeText),
    attempt.knownBlobs,
    sanitizeText(attempt.explanation),
    sanitizeJson({ attempt: attempt.number, commit: attempt.commit, files: attempt.files }),
  ],
});
