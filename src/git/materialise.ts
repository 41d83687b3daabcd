import { mkdir } from 'node:fs/promises';
import { startChild } from './child.js';
import { programPath } from './git-environment.js';
import { pipeChildren, startGit } from './git-process.js';
import type { CommitSha } from '../ids.js';
import { TIME_LIMIT } from './limits.js';

/**
 * Writes the files of a commit into a folder, which is made when missing and should be empty: exact bytes (the
 * store's attributes turn every conversion off), executable bits, symbolic links as links. No `.git`.
 */
export async function materialise(
  gitDir: string,
  commit: CommitSha,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const archive = startGit({
    gitDir,
    // The permissions of an ordinary checkout, whatever this process's umask is.
    options: ['-c', 'tar.umask=0022'],
    args: ['archive', '--format=tar', commit],
    timeLimitMs: TIME_LIMIT.bulk,
    signal,
  });
  archive.stdin.end();
  const tar = startChild({
    command: 'tar',
    args: ['-x', '-p', '--no-same-owner', '-C', folder, '-f', '-'],
    // In the C locale a name is bytes, and tar converts none.
    env: { PATH: programPath(), LC_ALL: 'C' },
    timeLimitMs: TIME_LIMIT.bulk,
    signal,
    mend: 'Install tar and make sure that it is on PATH.',
  });
  await pipeChildren({ name: 'git archive', child: archive }, { name: 'tar', child: tar });
}
