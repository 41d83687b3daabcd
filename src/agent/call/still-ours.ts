import type { WorkerId } from '../../contract/ids.js';
import type { WorkerLease } from '../agent-context.js';

/**
 * Whether this process may still do what must not be done twice. False for one that slept through its lease: it may have
 * been declared dead and its work handed to another worker, even when the process works under a new name by now.
 * @param as the worker that the work was given to
 */
export function isStillOurs(worker: WorkerLease, as: WorkerId): boolean {
  return worker.id === as && worker.holds();
}
