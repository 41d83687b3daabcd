/** Changes of a tree, in memory: only the folders that change are read and written. */
import { treeSha, type TreeSha } from '../../contract/ids.js';
import { formatOf, objectName, type NamedObject, type ObjectFormat } from './object-name.js';
import type { ObjectReader } from './object-reader.js';
import { FOLDER, formatTree, isFolder, type FileMode, type StoredEntry } from './tree-object.js';
import { splitPath } from './path-bytes.js';

/** A file or link that a path gets, by the name of its blob, or nothing. */
export type TreeChange =
  | { readonly path: Buffer; readonly mode: FileMode; readonly sha: string }
  | { readonly path: Buffer; readonly mode: 'delete' };

type TreeReader = Pick<ObjectReader, 'readTree'>;

export interface EditedTree {
  readonly sha: TreeSha;
  /** The trees that changed, each after those within it. */
  readonly trees: readonly NamedObject[];
}

/**
 * Applies changes to a tree, one after another, with the result of `git fast-import`: a file in the way of a folder gives
 * way to it and the other way round, and a folder that becomes empty is removed.
 *
 * @returns null when a folder that would change lists a name twice: only git can tell what it makes of it
 */
export async function editTree(
  reader: TreeReader,
  tree: TreeSha,
  changes: readonly TreeChange[],
): Promise<EditedTree | null> {
  const root = new Folder(tree);
  try {
    for (const change of changes) {
      const segments = splitPath(change.path).map((segment) => segment.toString('latin1'));
      if (change.mode === 'delete') await remove(reader, root, segments);
      else await put(reader, root, segments, { mode: Number.parseInt(change.mode, 8), sha: change.sha });
    }
  } catch (error) {
    if (error instanceof DuplicateNameError) return null;
    throw error;
  }
  const trees: NamedObject[] = [];
  return { sha: treeSha(nameFolder(root, trees, formatOf(tree))), trees };
}

class DuplicateNameError extends Error {}

type Entry = Omit<StoredEntry, 'name'>;

/** A folder of the tree, which is read when a change needs it. */
class Folder {
  /** Null: not read yet. Names are in Latin-1, which maps every byte to one character. */
  #entries: Map<string, Entry | Folder> | null = null;
  changed = false;

  /** @param sha null for a new folder */
  constructor(readonly sha: string | null) {}

  async entries(reader: TreeReader): Promise<Map<string, Entry | Folder>> {
    if (this.#entries !== null) return this.#entries;
    const entries = new Map<string, Entry | Folder>();
    for (const entry of await this.#read(reader)) {
      const key = entry.name.toString('latin1');
      if (entries.has(key)) throw new DuplicateNameError();
      entries.set(key, entry);
    }
    this.#entries = entries;
    return entries;
  }

  /** The entries of a folder that was read before. */
  get known(): ReadonlyMap<string, Entry | Folder> {
    return this.#entries ?? new Map();
  }

  async #read(reader: TreeReader): Promise<readonly StoredEntry[]> {
    if (this.sha === null) return [];
    const tree = await reader.readTree(this.sha);
    if (tree === null) throw new Error(`the store has lost the tree ${this.sha}`);
    return tree.entries;
  }
}

/** @returns whether the folder changes */
async function put(
  reader: TreeReader,
  folder: Folder,
  [name = '', ...below]: readonly string[],
  file: Entry,
): Promise<boolean> {
  const entries = await folder.entries(reader);
  const found = entries.get(name);
  if (below.length === 0) {
    const isSame = found !== undefined && !(found instanceof Folder) && found.mode === file.mode;
    if (isSame && found.sha === file.sha) return false;
    entries.set(name, file);
  } else {
    const inner = asFolder(found) ?? new Folder(null);
    entries.set(name, inner);
    if (!(await put(reader, inner, below, file))) return false;
  }
  folder.changed = true;
  return true;
}

/** @returns whether the folder changes */
async function remove(
  reader: TreeReader,
  folder: Folder,
  [name = '', ...below]: readonly string[],
): Promise<boolean> {
  const entries = await folder.entries(reader);
  const found = entries.get(name);
  if (below.length === 0) {
    if (!entries.delete(name)) return false;
  } else {
    const inner = asFolder(found);
    if (inner === null) return false;
    entries.set(name, inner);
    if (!(await remove(reader, inner, below))) return false;
    if (inner.known.size === 0) entries.delete(name);
  }
  folder.changed = true;
  return true;
}

function asFolder(entry: Entry | Folder | undefined): Folder | null {
  if (entry instanceof Folder) return entry;
  return entry !== undefined && isFolder(entry.mode) ? new Folder(entry.sha) : null;
}

/** The name of a folder's tree. Adds the trees that changed to `trees`. */
function nameFolder(folder: Folder, trees: NamedObject[], format: ObjectFormat): string {
  if (!folder.changed && folder.sha !== null) return folder.sha;
  const entries = [...folder.known].map(([key, entry]) => {
    const name = Buffer.from(key, 'latin1');
    return entry instanceof Folder
      ? { name, mode: FOLDER, sha: nameFolder(entry, trees, format) }
      : { ...entry, name };
  });
  const content = formatTree(entries);
  const sha = objectName('tree', content, format);
  trees.push({ type: 'tree', content, sha });
  return sha;
}
