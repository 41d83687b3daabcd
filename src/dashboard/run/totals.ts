/** What one look at a run is to tell. Pure. */
import type { GraphTask } from '../../contract/api.js';
import type { TaskStatus } from '../../contract/contract.js';

/** In the order in which a person looks for them. */
export const STATUSES: readonly TaskStatus[] = [
  'completed',
  'in_progress',
  'blocked',
  'failed',
  'skipped',
  'cancelled',
  'pending',
];

export interface Totals {
  readonly tasks: number;
  readonly byStatus: Readonly<Record<TaskStatus, number>>;
  readonly attempts: number;
  readonly corrections: number;
}

export function totalsOf(tasks: readonly GraphTask[]): Totals {
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

/** How long a task took, or has taken so far; null before its start. */
export function timeTaken({ startedAt, completedAt }: GraphTask, now: number): number | null {
  if (startedAt === null) return null;
  return Math.max(0, (completedAt === null ? now : Date.parse(completedAt)) - Date.parse(startedAt));
}

/** What a task is doing, or why it is where it is, in a few words. */
export function whatNow(task: GraphTask, last: string | undefined): string {
  if (task.status === 'failed' || task.status === 'skipped' || task.status === 'blocked') {
    return task.error ?? last ?? '';
  }
  return task.status === 'in_progress' ? (last ?? STEPS[task.step] ?? '') : '';
}

/** What an agent is at, as a person says it. */
const STEPS: Readonly<Record<string, string>> = {
  ready: 'about to start',
  generate: 'the model is thinking',
  apply: 'applying its changes',
  test: 'testing',
  land: 'waiting to land',
};
