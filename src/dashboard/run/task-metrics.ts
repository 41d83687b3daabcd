/** Counts and times of a run's tasks. Pure. */
import type { GraphTask } from '../../contract/api.js';
import { waitingSentence } from '../../shared/waiting-sentence.js';
import type { TaskStatus } from '../../contract/run-status.js';

/** All statuses in display order. */
export const STATUSES: readonly TaskStatus[] = [
  'completed',
  'in_progress',
  'blocked',
  'failed',
  'skipped',
  'cancelled',
  'pending',
];

export interface TaskCounts {
  readonly tasks: number;
  readonly byStatus: Readonly<Record<TaskStatus, number>>;
  readonly attempts: number;
  readonly corrections: number;
}

export function countTasks(tasks: readonly GraphTask[]): TaskCounts {
  const byStatus: Record<TaskStatus, number> = {
    pending: 0,
    in_progress: 0,
    completed: 0,
    failed: 0,
    blocked: 0,
    cancelled: 0,
    skipped: 0,
  };
  let attempts = 0;
  let corrections = 0;
  for (const task of tasks) {
    byStatus[task.status] += 1;
    attempts += task.attempts;
    corrections += task.corrections;
  }
  return { tasks: tasks.length, byStatus, attempts, corrections };
}

/** Milliseconds from a task's start to its end, or to now while it is open; null before its start. */
export function elapsedMs({ startedAt, completedAt }: GraphTask, now: number): number | null {
  if (startedAt === null) return null;
  return Math.max(0, (completedAt === null ? now : Date.parse(completedAt)) - Date.parse(startedAt));
}

/**
 * What a task is doing or why it stopped, as a short text; empty when there is nothing to say.
 *
 * @param lastActivity the newest activity that the page has seen
 */
export function currentActivity(task: GraphTask, lastActivity: string | undefined, now = Date.now()): string {
  if (task.status === 'failed' || task.status === 'skipped' || task.status === 'blocked') {
    return task.error ?? lastActivity ?? '';
  }
  if (task.status === 'in_progress' && task.waiting !== null) return waitingSentence(task.waiting, now);
  return task.status === 'in_progress' ? (lastActivity ?? STEP_LABELS[task.step] ?? '') : '';
}

/** The step of a workflow as a person reads it. */
const STEP_LABELS: Readonly<Record<string, string>> = {
  ready: 'about to start',
  generate: 'waiting for the model',
  apply: 'applying changes',
  test: 'running tests',
  land: 'waiting to land',
};
