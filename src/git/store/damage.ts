import { quoteIfNeeded } from '../../shared/process/shell.js';
import { GitError } from '../process/git-errors.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { runGit } from '../process/git-process.js';

/** A bare repository of the store, and what is wrong with it. */
export interface StoreDamage {
  readonly folder: string;
  readonly what: string;
}

/** How a person replaces one of the store's repositories that is damaged. */
export function howToReplace(folder: string): string {
  const [from, aside] = [folder, `${folder}.damaged`].map(quoteIfNeeded);
  return `Restore a backup, or move it away and let the repair restore what has landed from the repositories:  leadwright down --now && mv ${from} ${aside} && leadwright doctor --repair`;
}

/** The exit codes of `git fsck` that tell what it found: sums of its six kinds of findings. */
const FINDINGS = Array.from({ length: 64 }, (_, code) => code);

/**
 * A finding about files that are lost or cannot be read. The others (`error in commit …`) say that an object does not have
 * today's form, as some of the user's old commits, of which the store has exact copies: nothing is lost.
 */
const LOSS = /^(?:error: |missing )/;

/**
 * Says what is wrong with the files of one of the store's repositories, as git's own check finds it: a power failure may
 * have emptied some. Reads every object, so only call it once something failed.
 *
 * @returns null when nothing is wrong
 */
export async function findDamage(folder: string): Promise<StoreDamage | null> {
  try {
    const args = ['fsck', '--no-dangling', '--no-progress'];
    const found = await runGit({ gitDir: folder, args, accept: FINDINGS, timeLimitMs: TIME_LIMIT.bulk });
    const lines = `${found.stderr}\n${found.stdout.toString('utf8')}`.split('\n');
    const loss = lines.find((line) => LOSS.test(line));
    return loss === undefined ? null : { folder, what: loss.replace(/^error: /, '') };
  } catch (error) {
    if (error instanceof GitError) return { folder, what: error.message };
    throw error;
  }
}
