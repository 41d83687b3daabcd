import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import { alternateObjects } from '../process/git-environment.js';
import { GitError } from '../process/git-errors.js';
import { pipeChildren, startGit } from '../process/git-process.js';
import { importBase } from './import-base.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import type { ObjectReader } from '../objects/object-reader.js';

/**
 * Copies a run's branch from the user's repository into a store that lost it: its base without history, and all
 * commits from there to the tip. Skips what the store has already.
 *
 * @throws EnvironmentError when objects of the branch are missing in the user's repository
 */
export async function importBranch(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  userGitDir: string,
  branch: { readonly base: CommitSha; readonly tip: CommitSha },
): Promise<void> {
  await importBase(store, userGitDir, branch.base);
  if ((await store.reader.info(branch.tip)) !== null) return;
  const pack = startGit({
    gitDir: store.gitDir,
    args: ['pack-objects', '--revs', '--stdout', '--quiet', '--window=0'],
    env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateObjects(join(userGitDir, 'objects')) },
    timeLimitMs: TIME_LIMIT.bulk,
  });
  const index = startGit({
    gitDir: store.gitDir,
    args: ['index-pack', '--stdin'],
    timeLimitMs: TIME_LIMIT.bulk,
  });
  pack.stdin.end([branch.tip, `^${branch.base}`, ''].join('\n'));
  try {
    await pipeChildren({ name: 'git pack-objects', child: pack }, { name: 'git index-pack', child: index });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new EnvironmentError(
      `commit ${branch.tip} can't be copied from ${userGitDir}: ${messageOf(error)}`,
      'Run `git fsck` there.',
      { cause: error },
    );
  }
}
