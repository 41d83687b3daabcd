import { commitSha, type CommitSha, type RunId } from '../../contract/ids.js';
import { GitError } from '../process/git-errors.js';
import { runGit } from '../process/git-process.js';
import { removeStaleLocks } from '../process/lock-file.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { TIME_LIMIT } from '../process/git-limits.js';

/** git's way to say that a ref must not exist. */
export const NO_COMMIT = '0'.repeat(40);

/** The ref of a run's branch in the store. */
export function runRef(run: RunId): string {
  return `refs/leadwright/runs/${run}`;
}

/** The ref that keeps an imported commit, and says that it was imported whole. */
export function baseRef(commit: CommitSha): string {
  return `${BASES}/${commit}`;
}
export const BASES = 'refs/leadwright/bases';

/** How a compare-and-set of a ref ended. `lost`: the ref was not where it was expected, and was left there. */
export type MoveResult =
  | { readonly kind: 'moved' }
  | { readonly kind: 'already' }
  | { readonly kind: 'lost'; readonly current: CommitSha | null };

/** Where a ref of the store stands, or null. */
export async function readRef(reader: ObjectReader, ref: string): Promise<CommitSha | null> {
  const info = await reader.info(ref);
  return info === null ? null : commitSha(info.sha);
}

/** Moves a ref of the store from `expected` (null: from nothing) to `to` (null: deletes it), or loses. */
export async function moveRef(
  gitDir: string,
  reader: ObjectReader,
  ref: string,
  to: CommitSha | null,
  expected: CommitSha | null,
): Promise<MoveResult> {
  if (!/^refs\/leadwright\/[A-Za-z0-9._/-]+$/.test(ref)) throw new TypeError(`${ref} is no ref of the store`);
  for (let swept = false; ; swept = true) {
    try {
      await runGit({
        gitDir,
        args: ['update-ref', '--no-deref', ref, to ?? NO_COMMIT, expected ?? NO_COMMIT],
        timeLimitMs: TIME_LIMIT.few,
      });
      return { kind: 'moved' };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      const current = await readRef(reader, ref);
      if (current === to) return { kind: 'already' };
      if (current !== expected) return { kind: 'lost', current };
      // Nobody else moved it, so it could not be written: perhaps a killed process left its lock behind.
      if (swept || !(await removeStaleLocks(gitDir))) throw error;
    }
  }
}
