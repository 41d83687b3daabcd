import { pathText } from '../objects/path-bytes.js';
import { foldedName, newNameFault, spellingFault } from '../objects/tree-path.js';
import type { TreePath } from '../objects/tree-reader.js';

export interface PathChange {
  readonly path: string;
  readonly action: 'write' | 'delete';
}

export interface RefusedPath {
  readonly path: string;
  /** Goes after the path: "… has a .. segment". */
  readonly reason: string;
}

/**
 * Tells for each of some changes why it is not allowed beside the others; null when it is. This is the only check of
 * which paths may be written. In a checkout on any of the usual file systems, an allowed change is written below the
 * root, at exactly its path, and to no other file.
 *
 * @param resolve resolves a path in the commit that the changes apply to
 */
export async function findPathFaults(
  changes: readonly PathChange[],
  resolve: (path: string) => Promise<TreePath>,
): Promise<(string | null)[]> {
  const faults = changes.map(({ path }) => spellingFault(path));
  const resolved = await Promise.all(
    changes.map(async (change, index): Promise<ResolvedChange | null> =>
      faults[index] === null ? { ...change, resolved: await resolve(change.path) } : null,
    ),
  );
  const deleted = new Set(changes.filter(({ action }) => action === 'delete').map(({ path }) => path));
  const known: FolderSpellings = new Map();
  for (const [index, change] of resolved.entries()) {
    if (change === null) continue;
    faults[index] =
      existingFault(change) ?? (change.action === 'write' ? newNamesFault(change, deleted, known) : null);
  }
  const possible = resolved.map((change, index) => (faults[index] === null ? change : null));
  return findConflicts(possible).map((conflict, index) => faults[index] ?? conflict);
}

/** Finds the first change that is not allowed; null when all are. */
export async function findRefusedPath(
  changes: readonly PathChange[],
  resolve: (path: string) => Promise<TreePath>,
): Promise<RefusedPath | null> {
  const faults = await findPathFaults(changes, resolve);
  for (const [index, { path }] of changes.entries()) {
    const reason = faults[index] ?? null;
    if (reason !== null) return { path, reason };
  }
  return null;
}

interface ResolvedChange extends PathChange {
  readonly resolved: TreePath;
}

/** Why the commit's entry at the path, or at one of its parents, does not allow the change; null when it does. */
function existingFault({ action, resolved: { found } }: ResolvedChange): string | null {
  switch (found.kind) {
    case 'file':
      return null;
    case 'missing':
      return action === 'write' ? null : 'does not exist';
    case 'folder':
      return 'is a folder';
    case 'symlink':
      // Deleting a link removes only the link. Writing to one would be ambiguous: the link or its target.
      return action === 'delete' ? null : 'is a symbolic link';
    case 'submodule':
      return 'is a submodule';
    case 'below':
      return `is below ${JSON.stringify(found.ancestor)}, which is a ${NAMES[found.of]}`;
  }
}

const NAMES = { file: 'file', symlink: 'symbolic link', submodule: 'submodule' } as const;

/** The names in folders of the commit, by the folder and the folded name: the names of a folder are folded once. */
type FolderSpellings = Map<string, ReadonlyMap<string, readonly string[]>>;

/** Why the new names of a path are not allowed (a bad name, another spelling of an existing one); null when they are. */
function newNamesFault(
  { path, resolved }: ResolvedChange,
  deleted: ReadonlySet<string>,
  known: FolderSpellings,
): string | null {
  const segments = path.split('/');
  const name = segments[resolved.existing];
  if (name === undefined) return null;
  const fault = newNameFault(segments.slice(resolved.existing));
  if (fault !== null) return fault;
  const parents = segments.slice(0, resolved.existing);
  const folder = parents.join('/');
  const spellings = known.get(folder) ?? spellingsOf(resolved.siblings);
  known.set(folder, spellings);
  for (const other of spellings.get(foldedName(name)) ?? []) {
    const existing = [...parents, other].join('/');
    // A file may be renamed to another spelling: the same submission then deletes the old one.
    if (!deleted.has(existing)) return spellingConflict(existing);
  }
  return null;
}

function spellingsOf(names: readonly Buffer[]): ReadonlyMap<string, readonly string[]> {
  const spellings = new Map<string, string[]>();
  for (const name of names.map(pathText)) {
    const fold = foldedName(name);
    const alike = spellings.get(fold);
    if (alike === undefined) spellings.set(fold, [name]);
    else alike.push(name);
  }
  return spellings;
}

/**
 * Numbers the folders and files of many paths. Numbers are compared in place of paths from the root, which would take
 * time in the square of the depth.
 */
class PathNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #entries: { readonly parent: number; readonly name: string }[] = [];

  /** @param parent the folder's number; ROOT for the root */
  numberOf(parent: number, name: string): number {
    const key = `${parent}/${name}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#entries.push({ parent, name }) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  get count(): number {
    return this.#entries.length;
  }

  pathOf(number: number): string {
    const names: string[] = [];
    for (let entry = this.#entries[number]; entry !== undefined; entry = this.#entries[entry.parent]) {
      names.push(entry.name);
    }
    return names.reverse().join('/');
  }
}

const ROOT = -1;

/**
 * How many files and folders changes may name together. Each folder is an object of git's and a folder of every sandbox,
 * and no change that a person would read has as many.
 */
const MAX_NAMES = 50_000;
const TOO_MANY = `comes after ${MAX_NAMES} other files and folders: change fewer of them together`;

/**
 * Finds paths that are not possible beside the ones before: listed twice, below another, differing only in spelling, or
 * with too many folders.
 */
function findConflicts(changes: readonly (ResolvedChange | null)[]): (string | null)[] {
  const numbers = new PathNumbers();
  const split = changes.map((change) => {
    if (change === null || numbers.count >= MAX_NAMES) return null;
    const names = change.path.split('/');
    let number = ROOT;
    const parts = names.map((name) => ({ name, number: (number = numbers.numberOf(number, name)) }));
    return { change, parts, number };
  });
  const all = new Set(split.map((each) => each?.number));
  const seen = new Set<number>();
  const foldOf = foldOnce();
  const folded = new PathNumbers();
  const spellings = new Map<number, number>();
  return split.map((each, index) => {
    if (each === null) return changes[index] === null ? null : TOO_MANY;
    const { change, parts, number: whole } = each;
    if (seen.has(whole)) return 'is listed twice; give each file once, with all its edits';
    seen.add(whole);
    let fold = ROOT;
    for (const [depth, { name, number }] of parts.entries()) {
      if (number !== whole && all.has(number)) {
        return `is below ${JSON.stringify(numbers.pathOf(number))}, changed as a file`;
      }
      if (change.action === 'delete') continue;
      fold = folded.numberOf(fold, foldOf(name));
      if (depth < change.resolved.existing) continue;
      const other = spellings.get(fold) ?? number;
      if (other !== number) return spellingConflict(numbers.pathOf(other));
      spellings.set(fold, number);
    }
    return null;
  });
}

/** Folds each name once: deep folders of many files repeat theirs. */
function foldOnce(): (name: string) => string {
  const folds = new Map<string, string>();
  return (name) => {
    const fold = folds.get(name) ?? foldedName(name);
    folds.set(name, fold);
    return fold;
  };
}

/** The reason against a path that differs from another one only in spelling. */
export function spellingConflict(other: string): string {
  return `differs only in spelling from ${JSON.stringify(other)}: many file systems would take it for the same`;
}
