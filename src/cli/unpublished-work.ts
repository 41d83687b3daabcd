import type { CommitSha, RunId } from '../contract/ids.js';
import { readRun } from '../db/task-record.js';
import { branchTip, isAncestor, type BranchHome } from '../git/user/user-branch.js';
import { quoteIfNeeded } from '../shared/process/shell.js';
import type { Session } from './session/session.js';
import { withStore } from './session/with-store.js';

/**
 * Says how to get what has landed when the run's branch does not have it: the repository was away or not writable, or
 * somebody else moved the branch. Null when the branch has everything.
 */
export async function describeUnpublished(session: Session, id: RunId): Promise<string | null> {
  const { base, tip, branch, repository, gitFolder } = await readRun(session.db, id);
  if (tip === base || (await hasCommit({ root: repository, gitDir: gitFolder }, branch, tip))) return null;
  const folder = await withStore(session.paths, (store) => store.folderOf(tip)).catch(
    () => session.paths.store,
  );
  const refs = `${tip}:refs/heads/${branch}-landed`;
  return `the branch ${branch} in ${repository} does not have all that has landed, or cannot be read. The git store keeps it. Once the repository is there, make a branch of it with:  git -C ${quoteIfNeeded(repository)} fetch ${quoteIfNeeded(folder)} ${refs}`;
}

/** Whether a branch has a commit; false when its repository cannot be read. */
async function hasCommit(home: BranchHome, branch: string, commit: CommitSha): Promise<boolean> {
  const tip = await branchTip(home, branch).catch(() => null);
  return tip !== null && (tip === commit || (await isAncestor(home, commit, tip).catch(() => false)));
}
