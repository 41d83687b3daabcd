/** Requeued work: the draft with which a task goes on after a conflict or a red merge, and the message to its agent. */
import { DRAFT_MESSAGE } from '../../agent/changes/change-draft.js';
import { showConflicts } from '../../agent/changes/conflict-markers.js';
import { testOutputId } from '../../agent/outputs.js';
import { treeWithProtected } from '../../agent/changes/protected-changes.js';
import {
  conflictChars,
  conflictReply,
  NAMES_SHOWN,
  redMergeReply,
  type ConflictingFile,
} from '../../agent/changes/result-texts.js';
import { ShownFiles } from '../../agent/shown-files.js';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import type { LandingRecord, Requeued } from '../../db/landings.js';
import type { RunRecord } from '../../db/task-record.js';
import type { VerdictRecord } from '../../db/verdicts.js';
import type { GitStore } from '../../git/store/git-store.js';
import type { SpellingTwin } from '../../git/store/spelling-twins.js';
import type { Redactor } from '../../redaction/redactor.js';

export type RequeuingStore = Pick<
  GitStore,
  | 'treeOf'
  | 'parentOf'
  | 'subjectOf'
  | 'commitTree'
  | 'changedPaths'
  | 'lookUp'
  | 'restoreFiles'
  | 'listTree'
  | 'readBlob'
  | 'readFile'
  | 'search'
>;

/** A conflict of a task's work with the tip. */
export interface Conflict {
  readonly record: LandingRecord;
  readonly top: CommitSha;
  readonly files: readonly string[];
  /** The merged tree, with conflict markers in these files. */
  readonly tree: TreeSha;
  /** The tip's objects that are in conflict. */
  readonly ours: readonly string[];
  /** Only when the files are in conflict by their names alone: the reason of each. */
  readonly twins?: readonly SpellingTwin[];
}

/**
 * Requeues conflicting work. The draft is the tip with the task's changes to files that did not conflict. Repeated with
 * the same tip, it makes the same commits.
 */
export async function requeueConflict(
  store: RequeuingStore,
  run: Pick<RunRecord, 'base' | 'plan'>,
  redactor: Redactor,
  conflict: Conflict,
): Promise<Requeued> {
  const { record, top, files, tree, twins = [] } = conflict;
  const commit = (content: TreeSha) =>
    store.commitTree({ tree: content, parents: [top], message: DRAFT_MESSAGE, at: record.at });
  const marked = await commit(tree);
  const moved = await findMoved(store, conflict, marked);
  const kept = await commit(await store.restoreFiles(marked, top, [...files, ...moved], 'delete'));
  const restored = await treeWithProtected(store, run, record, kept, top);
  const draft = restored === null ? kept : await commit(restored);
  const shownFiles = new ShownFiles(store, marked, redactor);
  const conflicting: DescribedConflict[] = [];
  // One after another: a conflict may be in hundreds of large files.
  for (const [index, path] of files.entries()) {
    conflicting.push(
      index < NAMES_SHOWN && twins.length === 0
        ? await describeConflict(store, shownFiles, { record, top, path })
        : { path, text: null, note: twins[index]?.reason ?? null, whole: null },
    );
  }
  const reply = conflictReply({
    files: conflicting,
    kept: await store.changedPaths(top, draft),
    landed: await titlesSince(store, record.start, top, [...files, ...twins.map(({ other }) => other)]),
    overlap: twins.length === 0 ? 'lines' : 'names',
  });
  const shown = conflicting.filter(({ text }) => text !== null).map(({ path }) => path);
  const chars = conflictChars(files.length);
  const knownBlobs = conflicting.flatMap(({ text, whole }) =>
    text !== null && text.length <= chars ? (whole ?? []) : [],
  );
  const isUnchanged = (await store.treeOf(draft)) === (await store.treeOf(top));
  return {
    ...{ record, outcome: 'conflict', test: null, files, reply, shown, knownBlobs },
    ...{ start: top, draft: isUnchanged ? top : draft },
  };
}

/** Requeues work whose merge failed its tests: the draft is that merge. */
export async function requeueRed(
  store: RequeuingStore,
  { record, top, files, merge, verdict }: RedMerge,
): Promise<Requeued> {
  const landed = await titlesSince(store, record.start, top, null);
  const reply = redMergeReply(record.testCommand, verdict, landed, testOutputId(verdict.id));
  return {
    ...{ record, outcome: 'red', test: verdict.id, files, reply, shown: [], knownBlobs: [] },
    ...{ start: top, draft: merge },
  };
}

export interface RedMerge {
  readonly record: LandingRecord;
  readonly top: CommitSha;
  readonly files: readonly string[];
  readonly merge: CommitSha;
  readonly verdict: VerdictRecord;
}

/** Files of the tip that the merged tree has at another path only, where they are in conflict: the task moved them. */
async function findMoved(
  store: RequeuingStore,
  { record, top, ours }: Conflict,
  merged: CommitSha,
): Promise<string[]> {
  const inConflict = new Set(ours);
  // A file that did not change since the start cannot be in conflict.
  const changed = await store.changedPaths(record.start, top);
  const isMoved = await Promise.all(
    changed.map(async (path) => {
      const [at, now] = await Promise.all([store.lookUp(top, path), store.lookUp(merged, path)]);
      return 'sha' in at && inConflict.has(at.sha) && now.kind !== at.kind;
    }),
  );
  return changed.filter((_, index) => isMoved[index]);
}

interface DescribedConflict extends ConflictingFile {
  /** Git's name of what landed in it, when the text has every line of the file; otherwise null. */
  readonly whole: string | null;
}

async function describeConflict(
  store: RequeuingStore,
  marked: ShownFiles,
  { record, top, path }: { readonly record: LandingRecord; readonly top: CommitSha; readonly path: string },
): Promise<DescribedConflict> {
  const [landed, own, file] = await Promise.all([
    store.lookUp(top, path),
    store.lookUp(record.commit, path),
    marked.read(path),
  ]);
  const all = file.kind === 'text' ? file.text : '';
  const text = showConflicts(all, top, record.commit);
  const hasAll = text?.split('\n').length === all.split('\n').length;
  const whole = landed.kind === 'file' && hasAll ? landed.sha : null;
  if (text !== null) return { path, text, note: null, whole };
  const isThere = ({ kind }: typeof landed) => kind === 'file' || kind === 'symlink';
  if (isThere(landed) && isThere(own)) return { path, text, note: 'both sides changed it as a whole', whole };
  if (isThere(landed))
    return { path, text, note: 'you moved or deleted it, and what landed changed it', whole };
  return { path, text, note: 'what landed moved or deleted it, and you changed it', whole };
}

/**
 * Commits of which the titles are looked for. Each costs a comparison of two trees; of a task that took longer than that,
 * the newest ones count.
 */
const MOST_COMMITS = 200;

/**
 * The titles of what landed after a commit, the newest first.
 * @param files only what touched one of them; null for all
 */
async function titlesSince(
  store: RequeuingStore,
  start: CommitSha,
  top: CommitSha,
  files: readonly string[] | null,
): Promise<string[]> {
  const titles: string[] = [];
  const wanted = new Set(files);
  let commit = top;
  for (let seen = 0; commit !== start && seen < MOST_COMMITS; seen++) {
    const parent = await store.parentOf(commit);
    if (parent === null) break;
    const touches =
      files === null || (await store.changedPaths(parent, commit)).some((path) => wanted.has(path));
    if (touches) titles.push(await store.subjectOf(commit));
    commit = parent;
  }
  return titles;
}
