import type { RunStatus } from './contract.js';

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
