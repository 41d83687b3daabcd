import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import { storeWriteError } from '../objects/object-writer.js';
import { alternateObjects } from '../process/git-environment.js';
import { GitError } from '../process/git-errors.js';
import { pipeChildren, startGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';

export interface CopiedObjects {
  /** The commit that the copy is for, for error messages. */
  readonly commit: CommitSha;
  /** The input of `git pack-objects --revs`, line by line. */
  readonly revisions: readonly string[];
  /** What a person can do when the repository lacks objects. */
  readonly fix: string;
}

/**
 * Copies objects from the user's repository into the store, as one pack. They are read with the store's own configuration, so
 * no program of the user's repository runs. The pack is written into a folder of its own, which is removed when the copy
 * fails: otherwise each try on a full disk would leave a partial pack, for which the next one lacks the space.
 *
 * @throws EnvironmentError when objects are missing in the user's repository, or the store cannot be written
 */
export async function copyPack(
  gitDir: string,
  userGitDir: string,
  { commit, revisions, fix }: CopiedObjects,
  signal?: AbortSignal,
): Promise<void> {
  const objects = join(gitDir, 'objects');
  // `removeTemporaryFiles` removes what a killed process leaves.
  const incoming = join(objects, `tmp_import_${randomUUID()}`);
  try {
    await mkdir(incoming);
    const pack = startGit({
      gitDir,
      // No search for new deltas: a single version of a tree has few, and the search takes most of the time.
      args: ['pack-objects', '--revs', '--stdout', '--quiet', '--window=0'],
      env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateObjects(join(userGitDir, 'objects')) },
      timeLimitMs: TIME_LIMIT.bulk,
      signal,
    });
    const index = startGit({
      gitDir,
      args: ['index-pack', '--stdin'],
      env: {
        GIT_OBJECT_DIRECTORY: incoming,
        GIT_ALTERNATE_OBJECT_DIRECTORIES: alternateObjects(objects),
      },
      timeLimitMs: TIME_LIMIT.bulk,
      signal,
    });
    pack.stdin.end([...revisions, ''].join('\n'));
    await pipeChildren({ name: 'git pack-objects', child: pack }, { name: INDEX_PACK, child: index });
    await moveFiles(join(incoming, 'pack'), join(objects, 'pack'));
  } catch (error) {
    if (isOfStore(error)) throw storeWriteError(gitDir, error);
    if (!(error instanceof GitError)) throw error;
    const message = `commit ${commit} can't be copied from ${userGitDir}: ${messageOf(error)}`;
    throw new EnvironmentError(message, fix, { cause: error });
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

const INDEX_PACK = 'git index-pack';

/** Moves the files of a pack. git takes a pack for complete when it has its index, which therefore comes last. */
async function moveFiles(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const rank = (name: string) => (name.endsWith('.idx') ? 1 : 0);
  for (const name of names.toSorted((one, other) => rank(one) - rank(other)))
    await rename(join(from, name), join(to, name));
}

/** Whether an error is one of writing the store: of a file of it, or of the git that writes it. */
function isOfStore(error: unknown): boolean {
  if (!(error instanceof GitError)) return error instanceof Error && 'syscall' in error;
  return error.command === INDEX_PACK && UNWRITABLE.test(error.stderr);
}

/** How the system words that a file cannot be written. */
const UNWRITABLE =
  /No space left on device|Disk quota exceeded|File too large|Read-only file system|Permission denied|Input\/output error/;
