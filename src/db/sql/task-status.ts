import { z } from 'zod';
import type { RunStatus } from '../../contract/run-status.js';
import type { RunId, TaskId } from '../../contract/ids.js';
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

/** Why a run ended: a code for programs and a sentence for people. */
export interface RunEnd {
  readonly code: string;
  readonly reason: string;
}

export const failTask = defineStatement({
  name: 'fail-task',
  reason: 'atomic',
  why: 'Fails the task, skips its dependants and writes their events, under the locks of all of them.',
  text: `SELECT lock_with_dependants($1, $2), ${CHECK_FENCE}, fail_task($1, $2, $6, $7)`,
  values: (fence: Fence, reason: string, activity: number | null) => [
    ...fenceValues(fence),
    sanitizeText(reason),
    activity,
  ],
});

export const moveRun = defineStatement({
  name: 'move-run',
  reason: 'atomic',
  why: 'Changes the status, unless the tasks contradict it, and writes the event, once.',
  text: `SELECT ${CHECK_RUN_FENCE}, check_reported($1, $5, $6), move_run($1, $5, $6, $7)`,
  values: (fence: RunFence, status: RunStatus, end: RunEnd | undefined) => [
    ...runFenceValues(fence),
    status,
    end?.code ?? null,
    end === undefined ? null : sanitizeText(end.reason),
  ],
});

export const reopenRun = defineStatement({
  name: 'reopen-run',
  reason: 'atomic',
  why: 'Changes the status and writes the event, once.',
  text: `SELECT move_run($1, 'running')`,
  values: (run: RunId) => [run],
});

export const cancelRun = defineStatement({
  name: 'cancel-run',
  reason: 'atomic',
  why: 'Cancels the run and its unfinished tasks and writes the events, under the locks of all of them.',
  text: 'SELECT cancel_run($1)',
  values: (run: RunId) => [run],
});

export const resumeCancelledRun = defineStatement({
  name: 'resume-cancelled-run',
  reason: 'atomic',
  why: 'Reopens the run, its cancelled tasks and their questions, with their events.',
  text: 'SELECT resume_cancelled_run($1) AS resumed',
  values: (run: RunId) => [run],
  row: { resumed: z.boolean() },
});

export const retryTask = defineStatement({
  name: 'retry-task',
  reason: 'atomic',
  why: 'Reopens the task, the tasks skipped because of it, and the run, with their events.',
  text: 'SELECT retry_task($1, $2) AS id',
  values: (run: RunId, task: TaskId) => [run, task],
  row: { id: z.string() },
});
