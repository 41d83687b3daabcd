import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CodeIndex, type CommitCode, type CommitSource } from '../../codebase/code-index.js';
import { UsageError } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import { GitStore } from '../../git/store/git-store.js';
import { withBorrowedFolder } from '../../git/user/borrowed-folder.js';
import { inspectRepository } from '../../git/user/user-repository.js';
import { findCommit } from '../../runs/control/hand-in.js';
import type { Environment } from '../../shared/config.js';
import { pathsOf } from './session.js';

export interface CommitOptions {
  readonly repo: string;
  readonly at: string;
}

/** A commit of the user's repository, with its index. */
export interface UserCommit {
  /** The root of the work tree. */
  readonly root: string;
  readonly commit: CommitSha;
  readonly source: CommitSource & Pick<GitStore, 'readFile'>;
  readonly code: CommitCode;
}

/** Adds `--repo` and `--at`, the options of commands that look at a commit without a run. */
export function addCommitOptions(command: Command): Command {
  return command
    .option('--repo <dir>', 'the repository', '.')
    .option('--at <rev>', 'a commit, branch or tag of it', 'HEAD');
}

/**
 * Calls `use` with the index of a commit of the user's repository. Starts no stack and writes nothing but the index's
 * cache in the home.
 * @throws EnvironmentError when there is no repository; UsageError when it has no such commit
 */
export async function withCodeIndex<T>(
  env: Environment,
  { repo, at }: CommitOptions,
  use: (commit: UserCommit) => Promise<T>,
): Promise<T> {
  const { root, gitDir, head } = await inspectRepository(resolve(repo));
  return withBorrowedFolder(gitDir, { head }, async (folder) => {
    const commit = await resolveCommit(folder, root, at);
    const source = GitStore.reading(folder);
    const index = new CodeIndex(pathsOf(env).codeIndex);
    try {
      return await use({ root, commit, source, code: index.at(source, commit) });
    } finally {
      await index.close();
      source.close();
    }
  });
}

async function resolveCommit(gitDir: string, root: string, rev: string): Promise<CommitSha> {
  const commit = await findCommit({ gitDir }, rev);
  if (commit !== null) return commit;
  throw new UsageError(`${root} has no commit ${JSON.stringify(rev)} (--at)`);
}
