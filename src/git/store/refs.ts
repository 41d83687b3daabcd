import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commitSha, type CommitSha } from '../../contract/ids.js';
import { GitError } from '../process/git-errors.js';
import { runGit } from '../process/git-process.js';
import { removeStaleLocks } from '../process/lock-file.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { TIME_LIMIT } from '../process/git-limits.js';

/** Instead of a commit that `git update-ref` is to expect: the ref must not exist. */
export const NO_COMMIT = '';

/** The ref of an imported commit. It exists only when the import is complete. */
export function baseRef(commit: CommitSha): string {
  return `${BASES}/${commit}`;
}
export const BASES = 'refs/leadwright/bases';

/**
 * Result of moving a ref. `already`: the ref was at the target. `lost`: the ref was at another commit than expected and
 * was not moved.
 */
export type MoveResult =
  | { readonly kind: 'moved' }
  | { readonly kind: 'already' }
  | { readonly kind: 'lost'; readonly current: CommitSha | null };

/** The commit that a ref of the store points to; null when the ref does not exist. */
export async function readRef(reader: ObjectReader, ref: string): Promise<CommitSha | null> {
  const info = await reader.info(ref);
  return info === null ? null : commitSha(info.sha);
}

/** Moves a ref of the store from `expected` (null: creates it) to `to`, by compare-and-set. */
export async function moveRef(
  gitDir: string,
  reader: ObjectReader,
  ref: string,
  to: CommitSha,
  expected: CommitSha | null,
): Promise<MoveResult> {
  if (!/^refs\/leadwright\/[A-Za-z0-9._/-]+$/.test(ref))
    throw new TypeError(`${ref} is not a ref of the store`);
  for (let isMended = false; ; isMended = true) {
    try {
      await runGit({
        gitDir,
        options: ON_DISK,
        args: ['update-ref', '--no-deref', ref, to, expected ?? NO_COMMIT],
        timeLimitMs: TIME_LIMIT.few,
      });
      return { kind: 'moved' };
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      const current = await readRef(reader, ref);
      if (current === to) return { kind: 'already' };
      if (current !== expected) return { kind: 'lost', current };
      // No other process moved it, so the write failed, because of what a killed process or a power failure left.
      const isFreed = (await removeEmptyRef(gitDir, ref)) || (await removeStaleLocks(gitDir));
      if (isMended || !isFreed) throw error;
    }
  }
}

/** A ref is on disk before it has its name. By default git leaves that to the system, which may lose what it holds. */
const ON_DISK: readonly string[] = ['-c', 'core.fsync=reference'];

/** Removes the file of a ref when it is empty: git writes none, and takes it for a broken one that it does not replace. */
async function removeEmptyRef(gitDir: string, ref: string): Promise<boolean> {
  const path = join(gitDir, ref);
  const isEmpty = await stat(path).then(
    (found) => found.isFile() && found.size === 0,
    () => false,
  );
  if (isEmpty) await rm(path, { force: true });
  return isEmpty;
}
