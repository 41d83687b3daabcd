import { exitError, startGit } from '../process/git-process.js';
import type { CommitSha } from '../../contract/ids.js';
import { TIME_LIMIT } from '../process/git-limits.js';

/**
 * The files of a commit as a tar archive: exact bytes (the store's attributes turn every conversion off),
 * executable bits, symbolic links as links. No `.git`.
 */
export function archive(gitDir: string, commit: CommitSha, signal?: AbortSignal) {
  const child = startGit({
    gitDir,
    // The permissions of an ordinary checkout, whatever this process's umask is.
    options: ['-c', 'tar.umask=0022'],
    args: ['archive', '--format=tar', commit],
    timeLimitMs: TIME_LIMIT.bulk,
    signal,
  });
  child.stdin.end();
  const completed = child.ended.then((ending) => {
    if (ending.exitCode !== 0) throw exitError('git archive', ending);
  });
  // Whoever stops reading on purpose need not look at it.
  completed.catch(() => undefined);
  return { stream: child.stdout, completed, cancel: () => child.kill() };
}
