import type { RunStatus } from './contract.js';

/** Whether nobody leads a run of this status any more. A failed one may be tried again. */
export function hasEnded(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** Whether nothing more happens by itself: the run has ended, or all that is left waits for a person. */
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
