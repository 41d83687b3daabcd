import type { RunStatus } from './contract.js';

/** Whether nobody leads a run of this status any more. A failed one may be tried again. */
export function hasEnded(status: RunStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
