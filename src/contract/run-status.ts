/** The statuses of runs and tasks, and the roles of worker agents. */
import { z } from 'zod';

export const runStatusSchema = z.enum(['running', 'paused', 'completed', 'failed', 'blocked', 'cancelled']);
/** If several apply, the first of: cancelled, paused, running, blocked, failed, completed. */
export type RunStatus = z.output<typeof runStatusSchema>;

export const taskStatusSchema = z.enum([
  'pending',
  'in_progress',
  'completed',
  'failed',
  'blocked',
  'cancelled',
  'skipped',
]);
export type TaskStatus = z.output<typeof taskStatusSchema>;

export const roleSchema = z.enum(['backend', 'frontend', 'test']);
/** The kind of worker agent that a task is assigned to. */
export type Role = z.output<typeof roleSchema>;

/** Whether a run of this status has ended and has no lead any more. A failed run can be retried. */
export function hasEnded(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
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
