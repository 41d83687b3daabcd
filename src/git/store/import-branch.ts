import type { CommitSha } from '../../contract/ids.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { copyPack } from './copy-pack.js';
import { importBase } from './import-base.js';

/**
 * Copies a run's branch from the user's repository into a store that lost it: its base without history, and all
 * commits from there to the tip. Skips what the store has already.
 *
 * @throws EnvironmentError when objects of the branch are missing in the user's repository, or the store cannot be written
 */
export async function importBranch(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  userGitDir: string,
  branch: { readonly base: CommitSha; readonly tip: CommitSha },
): Promise<void> {
  await importBase(store, userGitDir, branch.base);
  if ((await store.reader.info(branch.tip)) !== null) return;
  await copyPack(store.gitDir, userGitDir, {
    commit: branch.tip,
    revisions: [branch.tip, `^${branch.base}`],
    fix: 'Run `git fsck` there.',
  });
}
