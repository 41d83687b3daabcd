import { treeSha, type CommitSha, type TreeSha } from '../../contract/ids.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { pathText } from '../objects/path-bytes.js';
import { nulRecords } from '../objects/tree-reader.js';
import { mergeDisjoint } from './merge-disjoint.js';
import type { StoreObjects } from './write-commit.js';

export type MergeResult =
  | { readonly kind: 'clean'; readonly tree: TreeSha }
  | {
      readonly kind: 'conflict';
      /** The conflicting files, in git's order, each listed once. */
      readonly files: readonly string[];
      /** The merged tree, in which these files hold conflict markers, labelled with the two commits. */
      readonly tree: TreeSha;
      /** Our side's objects that are in conflict. A file may have another path there: theirs moved it. */
      readonly ours: readonly string[];
    };

/** Fixed settings, so that the same two commits merge the same way with every version of git and on every machine. */
const STRATEGY = [
  'merge.renames=true',
  'merge.directoryRenames=conflict',
  'merge.renameLimit=7000',
  'merge.conflictStyle=merge',
];

/** Merges two commits of the store without a work tree. They must have a common ancestor in the store. */
export async function mergeTree(
  store: StoreObjects,
  ours: CommitSha,
  theirs: CommitSha,
  signal?: AbortSignal,
): Promise<MergeResult> {
  signal?.throwIfAborted();
  const tree = await mergeDisjoint(store, ours, theirs);
  return tree === null ? mergeByGit(store.gitDir, ours, theirs, signal) : { kind: 'clean', tree };
}

/** Merges two commits by git, which follows renames and merges the content of files. */
export async function mergeByGit(
  gitDir: string,
  ours: CommitSha,
  theirs: CommitSha,
  signal?: AbortSignal,
): Promise<MergeResult> {
  const { exitCode, stdout } = await runGit({
    gitDir,
    options: STRATEGY.flatMap((setting) => ['-c', setting]),
    args: ['merge-tree', '--write-tree', '--no-messages', '-z', ours, theirs],
    accept: [0, 1],
    timeLimitMs: TIME_LIMIT.tree,
    signal,
  });
  const [first, ...stages] = [...nulRecords(stdout)];
  const tree = treeSha(first?.toString('latin1').trim() ?? '');
  if (exitCode === 0) return { kind: 'clean', tree };
  const conflicts = stages.map(parseStage);
  return {
    kind: 'conflict',
    files: [...new Set(conflicts.map(({ path }) => path))],
    tree,
    ours: conflicts.filter(({ stage }) => stage === OURS).map(({ sha }) => sha),
  };
}

/** git's number of our side, beside those of the base (1) and of theirs (3). */
const OURS = '2';

/** Parses `<mode> <sha> <stage>\t<path>`. */
function parseStage(record: Buffer) {
  const tab = record.indexOf(0x09);
  const [, sha = '', stage = ''] = record.toString('latin1', 0, tab).split(' ');
  return { sha, stage, path: pathText(record.subarray(tab + 1)) };
}
