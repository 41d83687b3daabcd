/** The stack of a landing: candidates merged on each other, and which of them may go to the branch. */
import { conflictReply, redMergeReply } from '../agent/result-texts.js';
import type { Landed, LandingRecord, Requeued } from '../db/landings.js';
import type { RunRecord } from '../db/task-record.js';
import type { VerdictRecord } from '../db/verdicts.js';
import { taskCommitMessage } from '../git/store/commit-message.js';
import type { GitStore } from '../git/store/git-store.js';
import type { CommitSha, TreeSha } from '../contract/ids.js';
import type { Merge } from './judge-commit.js';
import type { MergeToTest } from '../contract/payloads.js';
import { rulesOf, treeWithProtected } from './protected-changes.js';

export interface MergeBatch {
  readonly tip: CommitSha;
  readonly landed: readonly Landed[];
  readonly requeued: readonly Requeued[];
  readonly untested: readonly MergeToTest[];
}

export type MergingStore = Pick<
  GitStore,
  'treeOf' | 'mergeTree' | 'commitTree' | 'changedPaths' | 'lookUp' | 'treeWithFilesOf'
>;

/** The verdict that is known on a merge; null when it was not tested yet. */
export type KnownVerdict = (merge: Merge, command: string) => Promise<VerdictRecord | null>;

/**
 * Merges candidates on the tip, in order. What needs no test, or has a green one, lands; a conflict or a red
 * merge is requeued. From the first untested one on nothing lands, but the rest is stacked on it all the same,
 * so that their tests can run side by side.
 */
export async function buildMergeBatch(
  store: MergingStore,
  run: Pick<RunRecord, 'id' | 'tip' | 'plan'>,
  candidates: readonly LandingRecord[],
  verdictOn: KnownVerdict,
): Promise<MergeBatch> {
  const landed: Landed[] = [];
  const requeued: Requeued[] = [];
  const untested: MergeToTest[] = [];
  let tip = run.tip;
  let top = run.tip;
  for (const record of candidates) {
    const merged = await mergeOnto(store, run, top, record);
    if (merged.kind === 'conflict') {
      // On an untested stack it may be the stack that is wrong: it is tried again when that is known.
      if (untested.length === 0)
        requeued.push(createRequeue(record, 'conflict', merged.files, conflictReply(merged.files)));
      continue;
    }
    const files = await store.changedPaths(record.start, record.commit);
    const test = await mustTest(store, run, top, record, files);
    const verdict = test ? await verdictOn(merged, record.testCommand) : null;
    if (verdict?.passed === false) {
      if (untested.length === 0)
        requeued.push(createRequeue(record, 'red', files, redMergeReply(record.testCommand, verdict)));
      continue;
    }
    top = merged.commit;
    if (test && verdict === null) {
      untested.push({ taskId: record.taskId, attempt: record.attempt, commit: merged.commit });
    }
    if (untested.length > 0) continue;
    landed.push({ record, commit: merged.commit === tip ? null : merged.commit, files });
    tip = merged.commit;
  }
  return { tip, landed, requeued, untested };
}

type Merged =
  | { readonly kind: 'clean'; readonly tree: TreeSha; readonly commit: CommitSha }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/**
 * One commit for a task on the branch, whatever it took to get there. What the task may not change is as it is at
 * the top, in the tree that is tested and in the one that lands, which are the same.
 */
async function mergeOnto(
  store: MergingStore,
  run: Pick<RunRecord, 'id' | 'plan'>,
  top: CommitSha,
  record: LandingRecord,
): Promise<Merged> {
  const merged =
    record.start === top
      ? ({ kind: 'clean', tree: record.tree } as const)
      : await store.mergeTree(top, record.commit);
  if (merged.kind === 'conflict') return merged;
  const commit = await commitOnto(store, run, top, record, merged.tree);
  const tree = await treeWithProtected(store, rulesOf(run.plan, record), commit, top);
  if (tree === null) return { ...merged, commit };
  return { kind: 'clean', tree, commit: await commitOnto(store, run, top, record, tree) };
}

/** The top itself where the tree is its own. */
async function commitOnto(
  store: MergingStore,
  run: Pick<RunRecord, 'id'>,
  top: CommitSha,
  record: LandingRecord,
  tree: TreeSha,
): Promise<CommitSha> {
  if (tree === (await store.treeOf(top))) return top;
  const message = taskCommitMessage({ ...record, runId: run.id });
  return store.commitTree({ tree, parents: [top], message, at: record.at });
}

/** The plan's `retest` (contract, section 2, Merging). */
async function mustTest(
  store: MergingStore,
  run: Pick<RunRecord, 'plan'>,
  top: CommitSha,
  record: LandingRecord,
  files: readonly string[],
): Promise<boolean> {
  if (record.start === top || record.accepted) return false;
  switch (run.plan.retest) {
    case 'end':
      return false;
    case 'always':
      return true;
    case 'overlap': {
      const since = new Set(await store.changedPaths(record.start, top));
      return [...files, ...record.shown].some((path) => since.has(path));
    }
  }
}

function createRequeue(
  record: LandingRecord,
  outcome: Requeued['outcome'],
  files: readonly string[],
  reply: string,
): Requeued {
  return { record, outcome, files, reply };
}
