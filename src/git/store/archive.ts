import { exitError, startGit } from '../process/git-process.js';
import type { CommitSha } from '../../contract/ids.js';
import { TIME_LIMIT } from '../process/git-limits.js';

/**
 * Streams the files of a commit as a tar archive: exact bytes (the store's attributes turn off every conversion),
 * executable bits, symbolic links as links, and no `.git`. `completed` rejects when git fails; `cancel` kills git.
 */
export function archive(gitDir: string, commit: CommitSha, signal?: AbortSignal) {
  const child = startGit({
    gitDir,
    // The permissions of an ordinary checkout, independent of this process's umask.
    options: ['-c', 'tar.umask=0022'],
    args: ['archive', '--format=tar', commit],
    timeLimitMs: TIME_LIMIT.bulk,
    signal,
  });
  child.stdin.end();
  const completed = child.ended.then((ending) => {
    if (ending.exitCode !== 0) throw exitError('git archive', ending);
  });
  // A caller that cancels on purpose need not await it.
  completed.catch(() => undefined);
  return { stream: child.stdout, completed, cancel: () => child.kill() };
}
