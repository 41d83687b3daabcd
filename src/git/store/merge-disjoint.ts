/** Merges of commits whose changes do not touch, without a git process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { errorCode } from '../../shared/error-code.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { editTree, type TreeChange } from '../objects/tree-edit.js';
import { isFolder, treeMode, type FileMode, type StoredEntry } from '../objects/tree-object.js';
import { readCommit } from '../objects/tree-reader.js';
import type { StoreObjects } from './write-commit.js';

/** Commits that are read to find the common ancestor. A task that took longer than that is merged by git. */
const MAX_COMMITS = 1_000;

/** Paths that may differ from the base on one side. Larger merges are rare, and git's time is then well spent. */
const MAX_CHANGES = 1_000;

/**
 * Merges two commits when git's result is certain without comparing contents: no path changed on both sides (or to the
 * same on both), and neither side both removes and adds paths. git then has no two files that it could take for a
 * renamed one, so each path is what the side that changed it made of it.
 *
 * @returns null when git has to decide
 */
export async function mergeDisjoint(
  store: StoreObjects,
  ours: CommitSha,
  theirs: CommitSha,
): Promise<TreeSha | null> {
  const base = await findCommonAncestor(store, ours, theirs);
  if (base === null) return null;
  const [before, left, right] = await Promise.all(
    [base, ours, theirs].map(async (commit) => (await readCommit(store.reader, commit)).tree),
  );
  if (before === undefined || left === undefined || right === undefined) return null;
  const [own, other] = [new SideChanges(store.reader), new SideChanges(store.reader)];
  if (!(await own.compare(before, left)) || !(await other.compare(before, right))) return null;
  if (own.mayRename || other.mayRename || !areDisjoint(own, other)) return null;
  const edited = await editTree(store.reader, left, [...other.paths.values()].map(toTreeChange));
  if (edited === null) return null;
  await store.writer.write(edited.trees);
  return edited.sha;
}

/**
 * The commit at which two lines of commits part: the only merge base where every commit has one parent. Null when there
 * is none, or when a commit has more than one parent.
 */
async function findCommonAncestor(
  { gitDir, reader }: StoreObjects,
  ours: CommitSha,
  theirs: CommitSha,
): Promise<CommitSha | null> {
  const roots = readShallow(gitDir);
  // Both in turn: they have one tail, and the ancestor is a few commits back, however long the history is.
  const sides = [new LineOfCommits(ours), new LineOfCommits(theirs)];
  for (let read = 0; read < MAX_COMMITS && sides.some(({ commit }) => commit !== null); read++) {
    for (const side of sides) {
      const { commit } = side;
      if (commit === null) continue;
      side.seen.add(commit);
      if (sides.every(({ seen }) => seen.has(commit))) return commit;
      // Without a promise where it can be: this loop runs a hundred times for each landing of a large run.
      const { parents } = reader.recentCommit(commit) ?? (await readCommit(reader, commit));
      side.commit = parents.length > 1 || roots.has(commit) ? null : (parents[0] ?? null);
    }
  }
  return null;
}

/** A commit and those before it, as far as each has one parent. */
class LineOfCommits {
  readonly seen = new Set<CommitSha>();

  /** @param commit the next to look at; null at the end of the line */
  constructor(public commit: CommitSha | null) {}
}

/** The commits whose parents git ignores. */
function readShallow(gitDir: string): ReadonlySet<string> {
  try {
    // At once: it is small, and a busy process waits long for the answer of a thread.
    return new Set(readFileSync(join(gitDir, 'shallow'), 'latin1').split('\n'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Set();
    throw error;
  }
}

/** A path that differs from the base; `to` is null where it was removed. */
interface PathChange {
  readonly path: Buffer;
  readonly isNew: boolean;
  readonly to: StoredEntry | null;
}

/** What one side changed. */
class SideChanges {
  /** By path, in Latin-1. */
  readonly paths = new Map<string, PathChange>();
  #added = false;
  #removed = false;

  constructor(private readonly reader: Pick<ObjectReader, 'readTree'>) {}

  /** Whether git could take an added file for a removed one. */
  get mayRename(): boolean {
    return this.#added && this.#removed;
  }

  /**
   * Collects the differences of two trees.
   *
   * @returns false when there are too many, or a tree is one that git would write in another way
   */
  async compare(from: string | null, to: string | null, above: readonly Buffer[] = []): Promise<boolean> {
    const [before, after] = await Promise.all([this.#read(from), this.#read(to)]);
    if (before === null || after === null) return false;
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [old, now] = [before.get(key), after.get(key)];
      if (old !== undefined && now !== undefined && old.sha === now.sha && old.mode === now.mode) continue;
      const entry = now ?? old;
      if (entry === undefined) continue;
      const path = [...above, entry.name];
      if (isFolder(entry.mode)) {
        const within = [...path, SLASH];
        if (!(await this.compare(old?.sha ?? null, now?.sha ?? null, within))) return false;
        continue;
      }
      this.#added ||= old === undefined;
      this.#removed ||= now === undefined;
      const bytes = Buffer.concat(path);
      const change = { path: bytes, isNew: old === undefined, to: now ?? null };
      this.paths.set(bytes.toString('latin1'), change);
      if (this.paths.size > MAX_CHANGES) return false;
    }
    return true;
  }

  /** A tree's entries; null for one that git would write in another way when it merges. */
  async #read(tree: string | null): Promise<ReadonlyMap<string, StoredEntry> | null> {
    if (tree === null) return new Map();
    const parsed = await this.reader.readTree(tree);
    if (parsed === null) throw new Error(`the store has lost the tree ${tree}`);
    return parsed.isUsual ? parsed.byKey : null;
  }
}

const SLASH = Buffer.from('/');

/** Whether no path changed differently on the two sides, and no new file is in the way of the other side's folder. */
function areDisjoint(one: SideChanges, other: SideChanges): boolean {
  for (const [key, { to }] of other.paths) {
    const own = one.paths.get(key);
    if (own !== undefined && (own.to?.sha !== to?.sha || own.to?.mode !== to?.mode)) return false;
  }
  return !isInTheWay(one, other) && !isInTheWay(other, one);
}

/** Whether a new file of one side has the name of a folder that the other side adds a file to. */
function isInTheWay(one: SideChanges, other: SideChanges): boolean {
  for (const [key, { isNew }] of other.paths) {
    if (!isNew) continue;
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      if (one.paths.get(key.slice(0, slash))?.isNew === true) return true;
    }
  }
  return false;
}

function toTreeChange({ path, to }: PathChange): TreeChange {
  return to === null ? { path, mode: 'delete' } : { path, mode: fileMode(to.mode), sha: to.sha };
}

function fileMode(stored: number): FileMode {
  const mode = treeMode(stored);
  if (mode === '040000') throw new TypeError('a folder is not a file');
  return mode;
}
