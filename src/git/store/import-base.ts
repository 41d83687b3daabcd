import type { CommitSha } from '../../contract/ids.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { copyPack } from './copy-pack.js';
import { baseRef, BASES, moveRef, readRef } from './refs.js';
import { addShallow } from './shallow.js';

/**
 * Number of earlier bases whose objects are not copied again. The latest ones are the most similar to the new base;
 * walking more of them costs more than it saves.
 */
const KNOWN_BASES = 4;

/**
 * Copies one commit with its tree from the user's repository into the store, without its history: a merge base is
 * never older than the run's base. The ref is created last and marks the import as complete.
 *
 * @throws EnvironmentError when objects of the commit are missing in the user's repository, or the store cannot be written
 */
export async function importBase(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  userGitDir: string,
  commit: CommitSha,
  signal?: AbortSignal,
): Promise<void> {
  const { gitDir, reader } = store;
  const ref = baseRef(commit);
  if ((await readRef(reader, ref)) === commit) return;
  await copyObjects(gitDir, userGitDir, commit, signal);
  // A commit that a run created here has its history in the store. Marking it shallow would break that run's merges.
  if (!(await hasHistory(gitDir, commit))) await addShallow(gitDir, commit);
  await moveRef(gitDir, reader, ref, commit, null);
}

/**
 * Whether the store has all commits that this one descends from, back to those that are marked shallow. Its parents alone
 * prove nothing: an import that was killed before it marked its commit leaves that without its own parents.
 */
async function hasHistory(gitDir: string, commit: CommitSha): Promise<boolean> {
  const { exitCode } = await runGit({
    gitDir,
    args: ['rev-list', '--quiet', commit, '--'],
    // 128: a commit is not there.
    accept: [0, 128],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return exitCode === 0;
}

async function copyObjects(gitDir: string, userGitDir: string, commit: CommitSha, signal?: AbortSignal) {
  const known = await readKnownTrees(gitDir);
  const objects = {
    commit,
    revisions: [`--shallow ${commit}`, commit, ...known.map((tree) => `^${tree}`)],
    fix: 'Run `git fsck` there. In a partial clone, fetch what is missing: git fetch --refetch --no-filter.',
  };
  await copyPack(gitDir, userGitDir, objects, signal);
}

async function readKnownTrees(gitDir: string): Promise<string[]> {
  const { stdout } = await runGit({
    gitDir,
    args: ['for-each-ref', '--sort=-committerdate', `--count=${KNOWN_BASES}`, '--format=%(tree)', BASES],
    timeLimitMs: TIME_LIMIT.few,
  });
  return stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}
