import type { CommitSha } from '../../contract/ids.js';
import { UnknownCommitError } from '../process/git-errors.js';
import { runGit } from '../process/git-process.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import type { ObjectReader } from './object-reader.js';
import { pathBytes, pathText, splitPath } from './path-bytes.js';
import { isFolder, treeMode, type CommitHeader, type FileMode, type StoredEntry } from './tree-object.js';

/** A file, symbolic link or submodule of a commit. */
export interface TreeEntry {
  /** As `pathText` gives it: UTF-8 as it is, other bytes in git's quoted form. */
  readonly path: string;
  readonly mode: FileMode;
  readonly sha: string;
  /** Bytes of the content; null for a submodule. */
  readonly size: number | null;
}

/** What a commit contains at a path. */
export type Lookup =
  | { readonly kind: 'missing' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly sha: string; readonly executable: boolean }
  | { readonly kind: 'symlink'; readonly sha: string }
  | { readonly kind: 'submodule' }
  /** A parent of the path is not a folder. */
  | { readonly kind: 'below'; readonly ancestor: string; readonly of: 'file' | 'symlink' | 'submodule' };

/** The result of resolving a path in a commit. */
export interface TreePath {
  readonly found: Lookup;
  /** How many leading segments of the path exist, with exactly this spelling. */
  readonly existing: number;
  /** When a segment is missing: the names in its folder. */
  readonly siblings: readonly Buffer[];
}

/**
 * Reads the tree and the parents of a commit.
 *
 * @throws UnknownCommitError when the store does not have the commit
 */
export async function readCommit(reader: ObjectReader, commit: CommitSha): Promise<CommitHeader> {
  const header = await reader.readCommit(commit);
  if (header === null) throw new UnknownCommitError(commit);
  return header;
}

/** Lists the files, symbolic links and submodules of a commit, in git's order. */
export async function listTree(gitDir: string, commit: CommitSha): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit];
  const { stdout } = await runGit({ gitDir, args, timeLimitMs: TIME_LIMIT.tree });
  return [...nulRecords(stdout)].flatMap((record) => treeEntry(record) ?? []);
}

/** Splits output that git prints with `-z` into its records. */
export function* nulRecords(output: Buffer): Generator<Buffer> {
  for (let at = 0; at < output.length;) {
    const nul = output.indexOf(0, at);
    const end = nul < 0 ? output.length : nul;
    yield output.subarray(at, end);
    at = end + 1;
  }
}

function treeEntry(record: Buffer): TreeEntry | null {
  const tab = record.indexOf(0x09);
  const [mode = '', , sha = '', size = '-'] = record.toString('latin1', 0, tab).split(/ +/);
  const kept = treeMode(Number.parseInt(mode, 8));
  if (kept === '040000') return null;
  return {
    path: pathText(record.subarray(tab + 1)),
    mode: kept,
    sha,
    size: size === '-' ? null : Number(size),
  };
}

/** Lists the paths of the files directly in a folder ('' for the root); empty when there is no such folder. */
export async function listFolder(reader: ObjectReader, commit: CommitSha, folder: string): Promise<string[]> {
  let entries = await readEntries(reader, (await readCommit(reader, commit)).tree);
  for (const segment of folder === '' ? [] : splitPath(pathBytes(folder))) {
    const inside = entries.find(({ mode, name }) => isFolder(mode) && name.equals(segment));
    if (inside === undefined) return [];
    entries = await readEntries(reader, inside.sha);
  }
  return entries
    .filter(({ mode }) => !isFolder(mode))
    .map(({ name }) => (folder === '' ? pathText(name) : `${folder}/${pathText(name)}`));
}

/** Resolves a path in a commit, segment by segment. Does not follow symbolic links. */
export async function resolvePath(reader: ObjectReader, commit: CommitSha, path: string): Promise<TreePath> {
  const segments = splitPath(pathBytes(path));
  let tree: string = (await readCommit(reader, commit)).tree;
  for (const [index, segment] of segments.entries()) {
    const entries = await readEntries(reader, tree);
    const entry = entries.find(({ name }) => name.equals(segment));
    if (entry === undefined) {
      return { found: { kind: 'missing' }, existing: index, siblings: entries.map(({ name }) => name) };
    }
    const existing = index + 1;
    if (existing === segments.length) return { found: toLookup(entry), existing, siblings: [] };
    const mode = treeMode(entry.mode);
    if (mode !== '040000') {
      const ancestor = joinPath(segments.slice(0, existing));
      return { found: { kind: 'below', ancestor, of: kindOf(mode) }, existing, siblings: [] };
    }
    tree = entry.sha;
  }
  return { found: { kind: 'folder' }, existing: segments.length, siblings: [] };
}

async function readEntries(reader: ObjectReader, tree: string): Promise<readonly StoredEntry[]> {
  return (await reader.readTree(tree))?.entries ?? [];
}

function toLookup({ mode: stored, sha }: StoredEntry): Lookup {
  const mode = treeMode(stored);
  if (mode === '040000') return { kind: 'folder' };
  const kind = kindOf(mode);
  switch (kind) {
    case 'file':
      return { kind, sha, executable: mode === '100755' };
    case 'symlink':
      return { kind, sha };
    case 'submodule':
      return { kind };
  }
}

function kindOf(mode: FileMode): 'file' | 'symlink' | 'submodule' {
  switch (mode) {
    case '100644':
    case '100755':
      return 'file';
    case '120000':
      return 'symlink';
    case '160000':
      return 'submodule';
  }
}

function joinPath(segments: readonly Buffer[]): string {
  return pathText(
    Buffer.concat(segments.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part]))),
  );
}
