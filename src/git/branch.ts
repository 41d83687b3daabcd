import type { RunId } from '../ids.js';

/** The branch that a run writes in the user's repository; also the id of its workflow. */
export function branchOf(run: RunId): string {
  return `leadwright/${run}`;
}
