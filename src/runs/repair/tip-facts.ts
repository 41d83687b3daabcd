/** Gathers the facts about a run's tip from the record, the git store and the user's repository. */
import type { RunRecord } from '../../db/task-record.js';
import type { GitStore } from '../../git/store/git-store.js';
import {
  branchTip,
  findCheckout,
  commitsSince,
  isAncestor,
  type BranchHome,
} from '../../git/user/user-branch.js';
import type { CommitSha } from '../../contract/ids.js';
import type { TipFacts } from './decide-tip.js';

/** A run in the record. */
export interface RunTip extends Pick<
  RunRecord,
  'id' | 'status' | 'repository' | 'gitFolder' | 'branch' | 'base' | 'tip'
> {
  /** The commits with which its completed tasks landed. */
  readonly landed: readonly CommitSha[];
}

/** The user's repository of a run. */
export function homeOf({ repository, gitFolder }: RunTip): BranchHome {
  return { root: repository, gitDir: gitFolder };
}

/**
 * Reads the facts about a run's tip; null when everything agrees. That needs one git command on the user's repository,
 * however much has landed. Only a difference needs more.
 */
export async function readTipFacts(store: GitStore, run: RunTip): Promise<TipFacts | null> {
  const home = homeOf(run);
  const branch = await branchTip(home, run.branch);
  const history = await readHistory(store, run);
  if (branch === run.tip && history !== null && hasAll(history, run.landed)) return null;
  const inRepository = await isAncestor(home, run.base, run.tip);
  const from = history !== null || inRepository ? run.tip : run.base;
  const branchIsAhead = branch !== null && branch !== run.tip && (await isAncestor(home, from, branch));
  return {
    base: run.base,
    tip: run.tip,
    inStore: history !== null,
    inRepository,
    branch,
    checkedOut: await findCheckout(home, run.branch),
    branchIsAhead,
    branchIsBehind: branch !== null && (history?.has(branch) ?? (await isAncestor(home, branch, run.tip))),
    landedOnTip: hasAll(history ?? (await commitsSince(home, run.base, run.tip)), run.landed),
    landedOnBranch: branchIsAhead && hasAll(await commitsSince(home, run.base, branch), run.landed),
  };
}

function hasAll(history: ReadonlySet<CommitSha>, commits: readonly CommitSha[]): boolean {
  return commits.every((commit) => history.has(commit));
}

/** Reads the commits from the tip back to the base, both included; null when the store does not have them all. */
async function readHistory(store: GitStore, run: RunTip): Promise<Set<CommitSha> | null> {
  const history = new Set<CommitSha>();
  for (let at: CommitSha | null = run.tip; at !== null; at = await store.parentOf(at)) {
    if (!(await store.has(at))) return null;
    history.add(at);
    if (at === run.base) return history;
  }
  return null;
}
