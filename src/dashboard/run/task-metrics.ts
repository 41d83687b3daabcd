/** Counts and times of a run's tasks. Pure. */
import type { GraphTask, RunGraph } from '../../contract/api.js';
import { statusLabel } from '../../shared/words/event-sentence.js';
import { STANDS_STILL, STILL_UNTIL } from '../../shared/words/pause-words.js';
import { WAITS_FOR_MODEL, waitingSentence } from '../../shared/words/waiting-sentence.js';
import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import { showTask } from '../components/shown-status.js';

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
  /** Completed tasks whose work passed no test. */
  readonly unproven: number;
  /** Tasks in progress that wait for the model. */
  readonly waiting: number;
  /** Tasks in progress whose run is paused. */
  readonly paused: number;
  readonly attempts: number;
  readonly corrections: number;
}

export function countTasks({ tasks, status: run }: Pick<RunGraph, 'tasks' | 'status'>): TaskCounts {
  const byStatus: Record<TaskStatus, number> = {
    pending: 0,
    in_progress: 0,
    completed: 0,
    failed: 0,
    blocked: 0,
    cancelled: 0,
    skipped: 0,
  };
  let unproven = 0;
  let waiting = 0;
  let paused = 0;
  let attempts = 0;
  let corrections = 0;
  for (const task of tasks) {
    byStatus[task.status] += 1;
    const { sign } = showTask(task, run);
    if (sign === 'doubtful') unproven += 1;
    if (sign === 'waiting') waiting += 1;
    if (sign === 'paused') paused += 1;
    attempts += task.attempts;
    corrections += task.corrections;
  }
  return { tasks: tasks.length, byStatus, unproven, waiting, paused, attempts, corrections };
}

/** A part of the bar that shows a run's tasks by status. */
export interface Share {
  readonly kind: TaskStatus | 'doubtful' | 'waiting' | 'paused';
  readonly status: TaskStatus;
  readonly size: number;
  readonly label: string;
}

/**
 * The parts of the bar that are not empty. Completed work that passed no test has a part of its own, and so have tasks in
 * progress that wait for the model or whose run is paused.
 */
export function taskShares({ byStatus, unproven, waiting, paused }: TaskCounts): readonly Share[] {
  return STATUSES.flatMap((status): Share[] => {
    const [size, label] = [byStatus[status], statusLabel(status)];
    const split = (kind: Share['kind'], part: number, partLabel: string): Share[] => [
      { kind: status, status, size: size - part, label },
      { kind, status, size: part, label: partLabel },
    ];
    if (status === 'completed') return split('doubtful', unproven, 'accepted without passing tests');
    // All tasks of a paused run stand still, so none waits.
    if (status === 'in_progress' && paused > 0)
      return split('paused', paused, paused === 1 ? STANDS_STILL.one : STANDS_STILL.many);
    if (status === 'in_progress')
      return split('waiting', waiting, waiting === 1 ? WAITS_FOR_MODEL.one : WAITS_FOR_MODEL.many);
    return [{ kind: status, status, size, label }];
  }).filter(({ size }) => size > 0);
}

/**
 * Milliseconds from a task's start to its end, or to now while it is open; null before its start, and while it stands
 * still in a paused run: the page does not know since when.
 */
export function elapsedMs(task: GraphTask, run: RunStatus, now: number): number | null {
  const { startedAt, completedAt } = task;
  if (startedAt === null || showTask(task, run).sign === 'paused') return null;
  return Math.max(0, (completedAt === null ? now : Date.parse(completedAt)) - Date.parse(startedAt));
}

/**
 * What a task is doing or why it stopped, as a short text; empty when there is nothing to say.
 *
 * @param run the status of its run
 * @param lastActivity the newest activity that the page has seen
 */
export function currentActivity(
  task: GraphTask,
  run: RunStatus,
  lastActivity: string | undefined,
  now = Date.now(),
): string {
  if (task.status === 'failed' || task.status === 'skipped' || task.status === 'blocked') {
    return task.error ?? lastActivity ?? '';
  }
  if (showTask(task, run).sign === 'paused') return STILL_UNTIL;
  if (task.status === 'in_progress' && task.waiting !== null) return waitingSentence(task.waiting, now);
  return task.status === 'in_progress' ? (lastActivity ?? STEP_LABELS[task.step] ?? '') : '';
}

/** The step of a workflow as a person reads it. */
const STEP_LABELS: Readonly<Record<string, string>> = {
  ready: 'about to start',
  generate: 'calling the model',
  apply: 'applying changes',
  test: 'running tests',
  land: 'waiting to land',
};
