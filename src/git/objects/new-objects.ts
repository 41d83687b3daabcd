import type { CommitSha } from '../../contract/ids.js';
import { formatOf, objectName, type NamedObject, type ObjectType } from './object-name.js';
import type { ObjectReader } from './object-reader.js';
import { parseCommit, treeEntries } from './tree-object.js';

/** Objects and bytes that are copied one by one. git packs larger numbers, which is then faster. */
const MAX_OBJECTS = 500;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The objects that are reachable from a commit and may be missing where `known` is complete: each commit after `known`,
 * and what its tree has in other places than its parent's. Each comes after those that it refers to.
 *
 * @returns null when there are many, or the commits between the two have more than one parent
 */
export async function readNewObjects(
  reader: ObjectReader,
  commit: CommitSha,
  known: CommitSha,
): Promise<readonly NamedObject[] | null> {
  const commits: CommitSha[] = [];
  for (let at = commit; at !== known;) {
    if (commits.push(at) > MAX_OBJECTS) return null;
    const bytes = await reader.read(at);
    const [parent, ...others] = bytes === null ? [] : parseCommit(bytes).parents;
    if (parent === undefined || others.length > 0) return null;
    at = parent;
  }
  const found = new NewObjects(reader);
  let tree = await found.treeOf(known);
  for (const at of commits.reverse()) {
    const next = await found.treeOf(at);
    if (!(await found.addTree(tree, next)) || !(await found.add('commit', at))) return null;
    tree = next;
  }
  return found.objects;
}

class NewObjects {
  readonly objects: NamedObject[] = [];
  readonly #names = new Set<string>();
  #bytes = 0;

  constructor(private readonly reader: ObjectReader) {}

  async treeOf(commit: CommitSha): Promise<string | null> {
    const bytes = await this.reader.read(commit);
    return bytes === null ? null : parseCommit(bytes).tree;
  }

  /** Adds what `to` has and `from` has not at the same place. @returns false when that is too much */
  async addTree(from: string | null, to: string | null): Promise<boolean> {
    if (to === null) return false;
    if (from === to || this.#names.has(to)) return true;
    const [before, after] = await Promise.all([
      from === null ? Buffer.alloc(0) : this.reader.read(from),
      this.reader.read(to),
    ]);
    if (before === null || after === null) return false;
    const old = new Map(
      [...treeEntries(before, formatOf(to))].map(({ name, mode, sha }) => [key(name), { mode, sha }]),
    );
    for (const { name, mode, sha } of treeEntries(after, formatOf(to))) {
      const there = old.get(key(name));
      if (there?.sha === sha || mode === '160000') continue;
      const isAdded =
        mode === '040000'
          ? await this.addTree(there?.mode === '040000' ? there.sha : null, sha)
          : await this.add('blob', sha);
      if (!isAdded) return false;
    }
    return this.add('tree', to);
  }

  /** @returns false when there are too many objects or bytes, or the store lacks this one */
  async add(type: ObjectType, sha: string): Promise<boolean> {
    if (this.#names.has(sha)) return true;
    const size = await this.reader.sizeOf(sha);
    if (size === undefined || (this.#bytes += size) > MAX_BYTES) return false;
    const content = await this.reader.read(sha);
    if (content === null) return false;
    // The copy would be written under a name that is not its own.
    if (objectName(type, content, formatOf(sha)) !== sha)
      throw new Error(`the store's object ${sha} is damaged`);
    this.#names.add(sha);
    return this.objects.push({ type, sha, content }) <= MAX_OBJECTS;
  }
}

function key(name: Buffer): string {
  return name.toString('latin1');
}
