import type { CommitSha } from '../ids.js';
import { runGit } from './git-process.js';
import { TIME_LIMIT } from './limits.js';
import { pathText } from './path-bytes.js';
import { nulRecords } from './tree-reader.js';

const TREES = ['diff-tree', '-r', '--no-ext-diff', '--no-textconv', '--no-color'];

/** Paths that differ between two commits, in git's order; a renamed file is its old and its new path. */
export async function changedPaths(gitDir: string, from: CommitSha, to: CommitSha): Promise<string[]> {
  const { stdout } = await runGit({
    gitDir,
    args: [...TREES, '--no-renames', '--name-only', '-z', from, to],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return [...nulRecords(stdout)].map(pathText);
}

/** The difference of two commits for a person: a patch, or with `stat` a line for each file. */
export async function diff(gitDir: string, from: CommitSha, to: CommitSha, stat: boolean): Promise<string> {
  const { stdout } = await runGit({
    gitDir,
    args: [...TREES, '--find-renames', stat ? '--stat' : '--patch', from, to],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return stdout.toString('utf8');
}
