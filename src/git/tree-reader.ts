import type { CommitSha } from '../ids.js';
import { UnknownCommitError } from './git-errors.js';
import { runGit } from './git-process.js';
import { TIME_LIMIT } from './limits.js';
import type { ObjectReader } from './object-reader.js';
import { pathBytes, pathText } from './path-bytes.js';
import {
  parseCommit,
  treeEntries,
  treeMode,
  type CommitHeader,
  type FileMode,
  type RawTreeEntry,
} from './tree-object.js';
import type { Lookup } from './tree-path.js';

/** A file, symbolic link or submodule of a commit. */
export interface TreeEntry {
  /** As `pathText` gives it: UTF-8 as it is, other bytes in git's quoted form. */
  readonly path: string;
  readonly mode: FileMode;
  readonly sha: string;
  /** Bytes of the content; null for a submodule. */
  readonly size: number | null;
}

/** Throws UnknownCommitError when the store does not have it. */
export async function readCommit(reader: ObjectReader, commit: CommitSha): Promise<CommitHeader> {
  const bytes = await reader.read(commit);
  if (bytes === null) throw new UnknownCommitError(commit);
  return parseCommit(bytes);
}

/** Everything in a commit but its folders, in git's order. */
export async function listTree(gitDir: string, commit: CommitSha): Promise<TreeEntry[]> {
  const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit];
  const { stdout } = await runGit({ gitDir, args, timeLimitMs: TIME_LIMIT.tree });
  return [...nulRecords(stdout)].flatMap((record) => treeEntry(record) ?? []);
}

/** Cuts what git prints with `-z`. */
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
  const kept = treeMode(mode);
  if (kept === '040000') return null;
  return {
    path: pathText(record.subarray(tab + 1)),
    mode: kept,
    sha,
    size: size === '-' ? null : Number(size),
  };
}

/** What a commit has at a path; never follows a symbolic link. */
export async function lookUp(reader: ObjectReader, commit: CommitSha, path: string): Promise<Lookup> {
  const segments = splitPath(pathBytes(path));
  let tree: string = (await readCommit(reader, commit)).tree;
  for (const [index, segment] of segments.entries()) {
    const entry = findEntry(await reader.read(tree), segment);
    if (entry === null) return { kind: 'missing' };
    const last = index === segments.length - 1;
    if (last) return foundEntry(entry);
    if (entry.mode !== '040000') {
      return { kind: 'below', ancestor: joinPath(segments.slice(0, index + 1)), of: kindOf(entry.mode) };
    }
    tree = entry.sha;
  }
  return { kind: 'folder' };
}

function findEntry(tree: Buffer | null, name: Buffer): RawTreeEntry | null {
  if (tree === null) return null;
  for (const entry of treeEntries(tree)) {
    if (entry.name.equals(name)) return entry;
  }
  return null;
}

function foundEntry({ mode, sha }: RawTreeEntry): Lookup {
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

function splitPath(path: Buffer): Buffer[] {
  const segments: Buffer[] = [];
  let at = 0;
  for (let slash = path.indexOf(0x2f); slash >= 0; slash = path.indexOf(0x2f, at)) {
    segments.push(path.subarray(at, slash));
    at = slash + 1;
  }
  segments.push(path.subarray(at));
  return segments;
}

function joinPath(segments: readonly Buffer[]): string {
  return pathText(
    Buffer.concat(segments.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part]))),
  );
}
