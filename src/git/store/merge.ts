import { treeSha, type CommitSha, type TreeSha } from '../../contract/ids.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { pathText } from '../objects/path-bytes.js';
import { nulRecords } from '../objects/tree-reader.js';

export type MergeResult =
  | { readonly kind: 'clean'; readonly tree: TreeSha }
  /** The conflicting files, in git's order, each listed once. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/** Fixed settings, so that the same two commits merge the same way with every version of git and on every machine. */
const STRATEGY = ['merge.renames=true', 'merge.directoryRenames=conflict', 'merge.renameLimit=7000'];

/** Merges two commits of the store without a work tree. They must have a common ancestor in the store. */
export async function mergeTree(
  gitDir: string,
  ours: CommitSha,
  theirs: CommitSha,
  signal?: AbortSignal,
): Promise<MergeResult> {
  const { exitCode, stdout } = await runGit({
    gitDir,
    options: STRATEGY.flatMap((setting) => ['-c', setting]),
    args: ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', ours, theirs],
    accept: [0, 1],
    timeLimitMs: TIME_LIMIT.tree,
    signal,
  });
  const [tree, ...files] = [...nulRecords(stdout)];
  if (exitCode === 0) return { kind: 'clean', tree: treeSha(tree?.toString('latin1').trim() ?? '') };
  return { kind: 'conflict', files: [...new Set(files.map(pathText))] };
}
