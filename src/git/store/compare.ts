import type { CommitSha } from '../../contract/ids.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { pathText } from '../objects/path-bytes.js';
import { treeMode, type StoredEntry } from '../objects/tree-object.js';
import { readCommit } from '../objects/tree-reader.js';

const TREES = ['diff-tree', '-r', '--no-ext-diff', '--no-textconv', '--no-color'];

/**
 * Lists the paths that differ between two commits, in git's order. A renamed file appears as its old and its new path.
 * Uses the long-lived reader, since starting a process costs a large worker more than the whole comparison, and every
 * landing compares twice.
 */
export async function changedPaths(reader: ObjectReader, from: CommitSha, to: CommitSha): Promise<string[]> {
  const [before, after] = await Promise.all([readCommit(reader, from), readCommit(reader, to)]);
  const paths: Buffer[] = [];
  await compareTrees(reader, [], before.tree, after.tree, paths);
  return paths.map(pathText);
}

/** Adds to `found` the paths that differ between two trees (null: no such folder). Equal subtrees are not read. */
async function compareTrees(
  reader: ObjectReader,
  above: readonly Buffer[],
  from: string | null,
  to: string | null,
  found: Buffer[],
): Promise<void> {
  const [before, after] = await Promise.all([entriesByKey(reader, from), entriesByKey(reader, to)]);
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    return old === undefined || now === undefined || !isSame(old, now);
  });
  for (const key of differing.sort()) {
    const [old, now] = [before.get(key), after.get(key)];
    const path = [...above, Buffer.from(key, 'latin1')];
    if (!key.endsWith('/')) found.push(Buffer.concat(path));
    else await compareTrees(reader, path, old?.sha ?? null, now?.sha ?? null, found);
  }
}

function isSame(old: StoredEntry, now: StoredEntry): boolean {
  return old.sha === now.sha && treeMode(old.mode) === treeMode(now.mode);
}

/** A folder's entries by keys that sort in git's order, in which a file that became a folder is two entries. */
async function entriesByKey(
  reader: ObjectReader,
  tree: string | null,
): Promise<ReadonlyMap<string, StoredEntry>> {
  if (tree === null) return new Map();
  const parsed = await reader.readTree(tree);
  if (parsed === null) throw new Error(`the store has lost the tree ${tree}`);
  return parsed.byKey;
}

/** The differences between two commits for a person: a patch, or with `stat` a line for each file. */
export async function diff(
  gitDir: string,
  from: CommitSha,
  to: CommitSha,
  { stat = false, paths = [] }: { readonly stat?: boolean; readonly paths?: readonly string[] },
): Promise<string> {
  const { stdout } = await runGit({
    gitDir,
    args: [
      ...[...TREES, '--find-renames', stat ? '--stat' : '--patch', from, to, '--'],
      ...paths.map((path) => `:(top,literal)${path}`),
    ],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return stdout.toString('utf8');
}

/** The exact differences between two commits, for `git apply`. */
export async function patch(gitDir: string, from: CommitSha, to: CommitSha): Promise<Buffer> {
  const { stdout } = await runGit({
    gitDir,
    args: [...TREES, '--find-renames', '--patch', '--binary', '--full-index', from, to, '--'],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return stdout;
}

/** A changed file and its changed lines, which are null for a binary file. A renamed file has its new path. */
export interface ChangedLines {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
}

/** Counts the changed lines of each file that differs between two commits. */
export async function changedLines(gitDir: string, from: CommitSha, to: CommitSha): Promise<ChangedLines[]> {
  const { stdout } = await runGit({
    gitDir,
    args: [...TREES, '--find-renames', '--numstat', '-z', from, to, '--'],
    timeLimitMs: TIME_LIMIT.tree,
  });
  return parseNumstat(stdout.toString('utf8'));
}

/** Parses `--numstat -z`. The entry of a renamed file has an empty path, and its two paths follow. Pure. */
function parseNumstat(text: string): ChangedLines[] {
  const fields = text.split('\0');
  const files: ChangedLines[] = [];
  for (let index = 0; index < fields.length; index++) {
    const entry = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(fields[index] ?? '');
    if (entry === null) continue;
    const [, added, removed, path = ''] = entry;
    const renamed = path === '';
    files.push({
      path: renamed ? (fields[index + 2] ?? '') : path,
      added: numberOf(added),
      removed: numberOf(removed),
    });
    if (renamed) index += 2;
  }
  return files;
}

function numberOf(lines: string | undefined): number | null {
  return lines === undefined || lines === '-' ? null : Number(lines);
}
