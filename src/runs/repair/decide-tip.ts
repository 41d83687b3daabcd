/** What to do about a run whose branch, record and git store say different things. Pure. */
import type { CommitSha } from '../../contract/ids.js';

/** What is known of a run's branch. */
export interface TipFacts {
  readonly base: CommitSha;
  /** Where the record says that the run stands. */
  readonly tip: CommitSha;
  /** Whether the store has the tip and all from the base to it. */
  readonly inStore: boolean;
  /** Whether the user's repository has them. */
  readonly inRepository: boolean;
  /** Where the user's branch stands; null when there is none. */
  readonly branch: CommitSha | null;
  /** The work tree that has it checked out; null when none has. */
  readonly checkedOut: string | null;
  /** Whether the branch comes after the tip (or, the tip being nowhere, after the base). */
  readonly branchIsAhead: boolean;
  /** Whether the tip comes after the branch. */
  readonly branchIsBehind: boolean;
  /** Whether the completed tasks' commits are all on the way to the tip, and to the branch. */
  readonly landedOnTip: boolean;
  /** Only asked where the branch is ahead. */
  readonly landedOnBranch: boolean;
}

export type TipRepair =
  | 'nothing'
  /** The store gets it back from the user's repository. */
  | 'import'
  /** The record goes to where the branch is: all that landed is there. */
  | 'take-branch'
  /** The user's branch is moved to the tip. */
  | 'publish'
  /** The tip is in no place. */
  | 'tip-is-lost'
  /** Tasks are completed, but what they did is not on the branch. */
  | 'work-is-lost'
  /** The user's branch would be moved, but a work tree has it. */
  | 'branch-is-checked-out'
  /** Somebody else moved the branch. */
  | 'branch-is-elsewhere';

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
