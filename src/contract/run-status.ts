/** The statuses of runs and tasks, and the roles of worker agents. Their schemas are in status-schemas.ts. */

export const RUN_STATUSES = ['running', 'paused', 'completed', 'failed', 'blocked', 'cancelled'] as const;
/** If several apply, the first of: cancelled, paused, running, blocked, failed, completed. */
export type RunStatus = (typeof RUN_STATUSES)[number];

export const TASK_STATUSES = [
  'pending',
  'in_progress',
  'completed',
  'failed',
  'blocked',
  'cancelled',
  'skipped',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const ROLES = ['backend', 'frontend', 'test'] as const;
/** The kind of worker agent that a task is assigned to. */
export type Role = (typeof ROLES)[number];

/** Whether a run of this status has ended and has no lead any more. A failed run can be retried. */
export function hasEnded(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** Whether a task of this status has ended: nothing more happens to it, unless it is retried. */
export function taskHasEnded(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}

/** Whether nothing more happens without a person: the run has ended, or all remaining tasks wait for a person. */
export function isAtRest(status: RunStatus): boolean {
  switch (status) {
    case 'running':
    case 'paused':
      return false;
    case 'completed':
    case 'failed':
    case 'blocked':
    case 'cancelled':
      return true;
  }
}
