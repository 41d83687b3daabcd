import { commitSha, type CommitSha, type TreeSha } from '../../contract/ids.js';
import { formatCommit, type TreeCommit } from '../objects/commit-object.js';
import { formatOf, nameBlob, type NamedObject, type ObjectFormat } from '../objects/object-name.js';
import type { ObjectReader } from '../objects/object-reader.js';
import type { ObjectWriter } from '../objects/object-writer.js';
import { editTree, type TreeChange } from '../objects/tree-edit.js';
import { readCommit } from '../objects/tree-reader.js';
import { fastImport, type FileWrite, type ImportedCommit } from './fast-import.js';

/** The store's folder and the two ways to its objects. */
export interface StoreObjects {
  readonly gitDir: string;
  readonly reader: ObjectReader;
  readonly writer: ObjectWriter;
}

/**
 * Writes a commit of changed files. The commit is written last: a commit that exists is then complete.
 *
 * @returns the parent when nothing differs from it; then nothing is written
 */
export async function writeFiles(
  store: StoreObjects,
  { parent, files, message, at }: ImportedCommit,
  signal?: AbortSignal,
): Promise<CommitSha> {
  signal?.throwIfAborted();
  const { tree: before } = await readCommit(store.reader, parent);
  const blobs: NamedObject[] = [];
  const edited = await editTree(store.reader, before, await nameContents(files, formatOf(before), blobs));
  if (edited === null) return importFiles(store, { parent, files, message, at }, signal);
  if (edited.sha === before) return parent;
  signal?.throwIfAborted();
  await store.writer.write([...blobs, ...edited.trees]);
  return writeCommit(store, { tree: edited.sha, parents: [parent], message, at });
}

/** Writes a tree: that of a commit, with changed files. */
export async function writeTree(
  store: StoreObjects,
  commit: CommitSha,
  files: readonly FileWrite[],
): Promise<TreeSha> {
  const { tree: before } = await readCommit(store.reader, commit);
  const blobs: NamedObject[] = [];
  const edited = await editTree(store.reader, before, await nameContents(files, formatOf(before), blobs));
  if (edited === null) {
    const imported = await fastImport(store.gitDir, { parent: commit, files, message: '', at: NO_DATE });
    return (await readCommit(store.reader, imported)).tree;
  }
  await store.writer.write([...blobs, ...edited.trees]);
  return edited.sha;
}

/** Date of an intermediate commit, of which only the tree is used. */
const NO_DATE = new Date(0);

/** Writes a commit of a tree whose objects are in the store. */
export async function writeCommit({ writer }: StoreObjects, commit: TreeCommit): Promise<CommitSha> {
  const object = formatCommit(commit);
  await writer.write([object]);
  return commitSha(object.sha);
}

async function importFiles(
  { gitDir, reader }: StoreObjects,
  wanted: ImportedCommit,
  signal?: AbortSignal,
): Promise<CommitSha> {
  const commit = await fastImport(gitDir, wanted, signal);
  const [before, after] = await Promise.all([readCommit(reader, wanted.parent), readCommit(reader, commit)]);
  return before.tree === after.tree ? wanted.parent : commit;
}

/** The changes, with the names of the contents. Adds the contents to `blobs`. */
async function nameContents(
  files: readonly FileWrite[],
  format: ObjectFormat,
  blobs: NamedObject[],
): Promise<TreeChange[]> {
  const changes: TreeChange[] = [];
  for (const file of files) {
    if (!('content' in file)) {
      changes.push(file);
      continue;
    }
    const blob = await nameBlob(file.content, format);
    blobs.push(blob);
    changes.push({ path: file.path, mode: file.mode, sha: blob.sha });
  }
  return changes;
}
