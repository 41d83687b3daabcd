/** What is known of a run's branch: from the record, the git store and the user's repository. */
import type { RunRecord } from '../../db/task-record.js';
import type { GitStore } from '../../git/store/git-store.js';
import {
  branchTip,
  checkedOutAt,
  commitsSince,
  isBehind,
  type BranchHome,
} from '../../git/user/user-branch.js';
import type { CommitSha } from '../../contract/ids.js';
import type { TipFacts } from './decide-tip.js';

/** A run as the record has it. */
export interface RunTip extends Pick<
  RunRecord,
  'id' | 'status' | 'repository' | 'gitFolder' | 'branch' | 'base' | 'tip'
> {
  /** Where its completed tasks landed. */
  readonly landed: readonly CommitSha[];
}

/** The user's repository of a run. */
export function homeOf({ repository, gitFolder }: RunTip): BranchHome {
  return { root: repository, gitDir: gitFolder };
}

/**
 * Null when all agree, which is told by one question to git, however much has landed: the others are asked where
 * they decide something.
 */
export async function readTipFacts(store: GitStore, run: RunTip): Promise<TipFacts | null> {
  const home = homeOf(run);
  const branch = await branchTip(home, run.branch);
  const way = await wayTo(store, run);
  if (branch === run.tip && way !== null && hasAll(way, run.landed)) return null;
  const inRepository = await isBehind(home, run.base, run.tip);
  const from = way !== null || inRepository ? run.tip : run.base;
  const branchIsAhead = branch !== null && branch !== run.tip && (await isBehind(home, from, branch));
  return {
    base: run.base,
    tip: run.tip,
    inStore: way !== null,
    inRepository,
    branch,
    checkedOut: await checkedOutAt(home, run.branch),
    branchIsAhead,
    branchIsBehind: branch !== null && (way?.has(branch) ?? (await isBehind(home, branch, run.tip))),
    landedOnTip: hasAll(way ?? (await commitsSince(home, run.base, run.tip)), run.landed),
    landedOnBranch: branchIsAhead && hasAll(await commitsSince(home, run.base, branch), run.landed),
  };
}

function hasAll(way: ReadonlySet<CommitSha>, commits: readonly CommitSha[]): boolean {
  return commits.every((commit) => way.has(commit));
}

/** The commits from the tip back to the base, both with it; null when the store does not have them all. */
async function wayTo(store: GitStore, run: RunTip): Promise<Set<CommitSha> | null> {
  const way = new Set<CommitSha>();
  for (let at: CommitSha | null = run.tip; at !== null; at = await store.parentOf(at)) {
    if (!(await store.has(at))) return null;
    way.add(at);
    if (at === run.base) return way;
  }
  return null;
}
