/** Small trees, read through the long-lived reader: a process costs more than the few requests. */
import type { CommitSha } from '../../contract/ids.js';
import type { ObjectReader } from './object-reader.js';
import { formatOf } from './object-name.js';
import { pathText } from './path-bytes.js';
import { parseCommit, treeEntries, type FileMode, type TreeMode } from './tree-object.js';
import { listTree, type TreeEntry } from './tree-reader.js';

/**
 * Files and folders of a small tree. A request for one takes 0.03 ms, so that reading these for the first time takes as
 * long as git's process; from then on they are in memory.
 */
const MAX_ENTRIES = 500;

/** A file, link, submodule or folder, with its path in bytes. */
export interface SmallTreeEntry {
  readonly path: Buffer;
  readonly mode: TreeMode;
  readonly sha: string;
}

/** Lists a commit's files and folders, each folder before its contents, in git's order. Null when it is not small. */
export async function readSmallTree(
  reader: ObjectReader,
  commit: CommitSha,
): Promise<readonly SmallTreeEntry[] | null> {
  const bytes = await reader.read(commit);
  if (bytes === null) return null;
  const entries: SmallTreeEntry[] = [];
  return (await addEntries(reader, parseCommit(bytes).tree, null, entries)) ? entries : null;
}

/** @returns false when there are too many entries, or a folder cannot be read */
async function addEntries(
  reader: ObjectReader,
  tree: string,
  above: Buffer | null,
  entries: SmallTreeEntry[],
): Promise<boolean> {
  const bytes = await reader.read(tree);
  if (bytes === null) return false;
  for (const { mode, name, sha } of treeEntries(bytes, formatOf(tree))) {
    const path = above === null ? Buffer.from(name) : Buffer.concat([above, SLASH, name]);
    if (entries.push({ path, mode, sha }) > MAX_ENTRIES) return false;
    if (mode === '040000' && !(await addEntries(reader, sha, path, entries))) return false;
  }
  return true;
}

const SLASH = Buffer.from('/');

/** Lists the files, symbolic links and submodules of a commit, in git's order. */
export async function listFiles(
  { gitDir, reader }: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
): Promise<TreeEntry[]> {
  return (await listSmallTree(reader, commit)) ?? listTree(gitDir, commit);
}

/** Lists a commit's files; null when git has to. */
async function listSmallTree(reader: ObjectReader, commit: CommitSha): Promise<TreeEntry[] | null> {
  const entries = await readSmallTree(reader, commit);
  if (entries === null) return null;
  const files = entries.flatMap(({ path, mode, sha }): Omit<TreeEntry, 'size'>[] =>
    mode === '040000' ? [] : [{ path: pathText(path), mode, sha }],
  );
  const sizes = await sizesOf(reader, files);
  return sizes === null ? null : files.map((file, index) => ({ ...file, size: sizes[index] ?? null }));
}

/** The sizes of files and links; null of a submodule. Null when the store lacks one of them. */
export async function sizesOf(
  reader: ObjectReader,
  files: readonly { readonly mode: FileMode; readonly sha: string }[],
): Promise<(number | null)[] | null> {
  const sizes = await Promise.all(
    files.map(async ({ mode, sha }) => (mode === '160000' ? null : reader.sizeOf(sha))),
  );
  return sizes.includes(undefined) ? null : sizes.map((size) => size ?? null);
}
