import type { RunStatus, TaskStatus } from '../../contract/run-status.js';
import { quoteIfNeeded } from '../process/shell.js';

/** Whether a run has a branch: one that could not start has none any more. Pure. */
export function hasBranch({
  status,
  tasks,
}: {
  readonly status: RunStatus;
  readonly tasks: readonly { readonly status: TaskStatus }[];
}): boolean {
  return status !== 'failed' || tasks.some((task) => task.status !== 'pending');
}

/**
 * The git commands for the branch of a run. Pure.
 * @param repository its root folder
 */
export function branchCommands(
  repository: string,
  branch: string,
): { readonly log: string; readonly merge: string } {
  const git = `git -C ${quoteIfNeeded(repository)}`;
  return { log: `${git} log --stat ${branch}`, merge: `${git} merge ${branch}` };
}
