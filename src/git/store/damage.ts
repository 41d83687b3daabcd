import { GitError } from '../process/git-errors.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { runGit } from '../process/git-process.js';

/** A bare repository of the store, and what is wrong with it. */
export interface StoreDamage {
  readonly folder: string;
  readonly what: string;
}

/**
 * Says what is wrong with the files of one of the store's repositories, as git's own check finds it: a power failure may have emptied some. Reads
 * every object, so only call it once something failed.
 *
 * @returns null when nothing is wrong
 */
export async function findDamage(folder: string): Promise<StoreDamage | null> {
  try {
    const args = ['fsck', '--no-dangling', '--no-progress'];
    await runGit({ gitDir: folder, args, timeLimitMs: TIME_LIMIT.bulk });
    return null;
  } catch (error) {
    if (error instanceof GitError) return { folder, what: error.message };
    throw error;
  }
}
