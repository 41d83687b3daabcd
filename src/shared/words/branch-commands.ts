import { quoteIfNeeded } from '../process/shell.js';

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
