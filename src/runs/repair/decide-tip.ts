/** Decides how to repair a run whose branch, record and git store differ. Pure. */
import type { CommitSha } from '../../contract/ids.js';

/** The facts about a run's tip and branch. */
export interface TipFacts {
  readonly base: CommitSha;
  /** The tip in the record. */
  readonly tip: CommitSha;
  /** Whether the git store has the tip and all commits from the base to it. */
  readonly inStore: boolean;
  /** Whether the user's repository has them. */
  readonly inRepository: boolean;
  /** The tip of the user's branch; null when there is no branch. */
  readonly branch: CommitSha | null;
  /** The work tree that has the branch checked out; null for none. */
  readonly checkedOut: string | null;
  /** Whether the branch is a descendant of the tip, or of the base when the tip exists nowhere. */
  readonly branchIsAhead: boolean;
  /** Whether the tip is a descendant of the branch. */
  readonly branchIsBehind: boolean;
  /** Whether the commits of all completed tasks are ancestors of the tip. */
  readonly landedOnTip: boolean;
  /** Whether they are ancestors of the branch. Only determined when the branch is ahead. */
  readonly landedOnBranch: boolean;
}

/** How to repair a tip, or why that is impossible. */
export type TipRepair =
  | 'nothing'
  /** Import the commits from the user's repository into the git store. */
  | 'import'
  /** Set the recorded tip to the branch, which has all landed commits. */
  | 'take-branch'
  /** Move the user's branch to the tip. */
  | 'publish'
  /** The tip exists neither in the git store nor in the repository. */
  | 'tip-is-lost'
  /** Tasks are completed, but their commits are not on the branch. */
  | 'work-is-lost'
  /** The user's branch would have to be moved, but is checked out in a work tree. */
  | 'branch-is-checked-out'
  /** Somebody else moved the branch. */
  | 'branch-is-elsewhere';

/** Decides the repair of a run's tip. */
export function decideTip(facts: TipFacts): TipRepair {
  const branchHasAll = facts.branch !== null && facts.branchIsAhead && facts.landedOnBranch;
  if (!facts.inStore && !facts.inRepository) return branchHasAll ? 'take-branch' : 'tip-is-lost';
  if (!facts.landedOnTip) return branchHasAll ? 'take-branch' : 'work-is-lost';
  if (!facts.inStore) return 'import';
  if (facts.branch === facts.tip) return 'nothing';
  if (facts.branch === null || facts.branchIsBehind)
    return facts.checkedOut === null ? 'publish' : 'branch-is-checked-out';
  return 'branch-is-elsewhere';
}
