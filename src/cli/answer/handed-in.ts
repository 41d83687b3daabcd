/** Finds the commit that `answer --commit` names. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../contract/errors.js';
import type { RunRecord } from '../../db/task-record.js';
import { findGitFolder } from '../../git/user/user-repository.js';
import { findCommit, type UserCommit } from '../../runs/control/hand-in.js';
import type { HomePaths } from '../../shared/config.js';
import { listCheckouts } from './checkouts.js';

/** A commit that a person named, and the folder that it was found in. */
export interface HandedIn extends UserCommit {
  readonly folder: string;
}

/**
 * Revisions that name another commit in each folder: `HEAD`, `@`, `FETCH_HEAD`, `@{u}`, also followed by `~2`, `^` and
 * the like. `HEAD-fix` is a branch.
 */
const OF_THE_FOLDER = /^(?:(?:[A-Z]+_)*HEAD|@)(?:$|[~^@{:])/;

/**
 * Finds a commit by its name: in the repository around the current folder if that is the run's or a checkout of the
 * run, then in the run's repository, then in the run's checkouts.
 *
 * @throws UsageError when none of them has it, or the name depends on the folder and the current one is in none of them
 */
export async function findHandedIn(
  paths: HomePaths,
  run: Pick<RunRecord, 'id' | 'repository' | 'gitFolder'>,
  name: string,
  cwd = process.cwd(),
): Promise<HandedIn> {
  const checkouts = await listCheckouts(paths, run.id);
  const places = [
    { folder: run.repository, gitDir: run.gitFolder, isCheckout: false },
    ...checkouts.map(({ folder }) => ({ folder, gitDir: join(folder, '.git'), isCheckout: true })),
  ];
  const here = await findPlace(cwd, places);
  if (here !== null) {
    // Named in the folder itself, because a linked worktree has a HEAD of its own.
    const commit = await findCommit({ gitDir: null, cwd }, name);
    if (commit !== null) return { ...here, folder: cwd, commit };
  }
  if (OF_THE_FOLDER.test(name)) {
    const why =
      here === null
        ? `belongs neither to ${run.repository} nor to a checkout of the run ${run.id}`
        : 'has none';
    throw new UsageError(
      `${name} (--commit) is another commit in each folder, and ${cwd} ${why}. Change to the folder that has your commit, or name a branch or a commit's sha`,
    );
  }
  for (const place of places) {
    const commit = await findCommit({ gitDir: place.gitDir }, name);
    if (commit !== null) return { ...place, commit };
  }
  throw new UsageError(
    `${run.repository} has no commit ${JSON.stringify(name)} (--commit), and neither has a checkout of the run ${run.id}`,
  );
}

/** Finds the place whose git folder a folder uses. */
async function findPlace<T extends { readonly gitDir: string }>(
  folder: string,
  places: readonly T[],
): Promise<T | null> {
  const gitDir = await findGitFolder(folder);
  const own = gitDir === null ? null : await realPath(gitDir);
  if (own === null) return null;
  for (const place of places) if ((await realPath(place.gitDir)) === own) return place;
  return null;
}

const realPath = (path: string): Promise<string | null> => realpath(path).catch(() => null);
