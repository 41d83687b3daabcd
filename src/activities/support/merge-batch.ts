/** The merge batch of a landing: candidates merged onto each other, and which of them may land. */
import type { Landed, LandingRecord, Requeued } from '../../db/landings.js';
import type { RunRecord } from '../../db/task-record.js';
import type { VerdictRecord } from '../../db/verdicts.js';
import { taskCommitMessage } from '../../git/store/commit-message.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import type { Redactor } from '../../redaction/redactor.js';
import type { Merge } from './judge-commit.js';
import { requeueConflict, requeueRed, type Conflict, type RequeuingStore } from './requeue.js';
import type { MergeToTest } from '../../contract/payloads.js';
import { treeWithProtected } from '../../agent/changes/protected-changes.js';

export interface MergeBatch {
  readonly tip: CommitSha;
  readonly landed: readonly Landed[];
  readonly requeued: readonly Requeued[];
  readonly untested: readonly MergeToTest[];
}

export type MergingStore = RequeuingStore & Pick<GitStore, 'mergeTree' | 'findSpellingTwins'>;

/** Finds the verdict on a merge; null when it was not tested yet. */
export type KnownVerdict = (merge: Merge, command: string) => Promise<VerdictRecord | null>;

/**
 * Merges candidates onto the tip, in order. A merge lands if it needs no test or its test passed. A conflict or a red
 * merge is requeued. After the first untested merge nothing lands, but the remaining candidates are still merged onto
 * it, so that their tests can run in parallel.
 */
export async function buildMergeBatch(
  store: MergingStore,
  run: Pick<RunRecord, 'id' | 'base' | 'tip' | 'plan'>,
  candidates: readonly LandingRecord[],
  {
    verdictOn,
    findRedactor,
  }: { readonly verdictOn: KnownVerdict; readonly findRedactor: () => Promise<Redactor> },
): Promise<MergeBatch> {
  const landed: Landed[] = [];
  const requeued: Requeued[] = [];
  const untested: MergeToTest[] = [];
  // Read together, because a busy worker waits long for each answer. A merge then finds most of what it needs in memory.
  const changes = await Promise.all(
    candidates.map(async (record) => ({
      record,
      files: await store.changedPaths(record.start, record.commit),
    })),
  );
  let tip = run.tip;
  let top = run.tip;
  for (const { record, files } of changes) {
    const merged = await mergeOnto(store, run, top, record, files);
    if (merged.kind === 'conflict') {
      // Above an untested merge, that merge may be the cause: the candidate is tried again in the next round.
      if (untested.length === 0)
        requeued.push(await requeueConflict(store, run, await findRedactor(), { record, top, ...merged }));
      continue;
    }
    const test = await mustTest(store, run, top, record, files);
    const verdict = test ? await verdictOn(merged, record.testCommand) : null;
    if (verdict?.passed === false) {
      if (untested.length === 0)
        requeued.push(await requeueRed(store, { record, top, files, merge: merged.commit, verdict }));
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
  | ({ readonly kind: 'conflict' } & Pick<Conflict, 'files' | 'tree' | 'ours' | 'twins'>);

/**
 * Makes one commit of a task's work on top of the batch. Files that the task may not change keep the content they have
 * at the top. The tree that is tested is the tree that lands.
 */
async function mergeOnto(
  store: MergingStore,
  run: Pick<RunRecord, 'id' | 'base' | 'plan'>,
  top: CommitSha,
  record: LandingRecord,
  files: readonly string[],
): Promise<Merged> {
  const merged =
    record.start === top
      ? ({ kind: 'clean', tree: record.tree } as const)
      : await mergeTrees(store, top, record, files);
  if (merged.kind === 'conflict') return merged;
  const commit = await commitOnto(store, run, top, record, merged.tree);
  // The rules are for agents: a person may change every file.
  if (record.kind === 'handed_in') return { ...merged, commit };
  const tree = await treeWithProtected(store, run, record, commit, top);
  if (tree === null) return { ...merged, commit };
  return { kind: 'clean', tree, commit: await commitOnto(store, run, top, record, tree) };
}

/** Merges a task's work with the top. Two new names that differ only in spelling are a conflict, which git does not see. */
async function mergeTrees(
  store: MergingStore,
  top: CommitSha,
  { start, commit }: LandingRecord,
  files: readonly string[],
) {
  const merged = await store.mergeTree(top, commit);
  if (merged.kind === 'conflict') return merged;
  const twins = await store.findSpellingTwins(start, { commit, changed: files }, top);
  if (twins.length === 0) return merged;
  return {
    kind: 'conflict',
    files: twins.map(({ path }) => path),
    tree: merged.tree,
    ours: [],
    twins,
  } as const;
}

/** Commits the tree onto the top. @returns the top itself when the tree does not change it */
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

/** Whether the plan's `retest` requires a test of the merge (docs/plan.md). */
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
      // A server in the sandbox sees the whole draft, and nobody knows which files it told of.
      if (record.servers.some((name) => run.plan.mcp[name]?.kind === 'sandboxed')) return since.size > 0;
      return [...files, ...record.shown].some((path) => since.has(path));
    }
  }
}
