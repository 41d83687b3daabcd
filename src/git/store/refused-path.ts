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
  for (const [index, change] of resolved.entries()) {
    if (change === null) continue;
    faults[index] =
      existingFault(change) ?? (change.action === 'write' ? newNamesFault(change, deleted) : null);
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

/** Why the new names of a path are not allowed (a bad name, another spelling of an existing one); null when they are. */
function newNamesFault({ path, resolved }: ResolvedChange, deleted: ReadonlySet<string>): string | null {
  const segments = path.split('/');
  const name = segments[resolved.existing];
  if (name === undefined) return null;
  const fault = newNameFault(segments.slice(resolved.existing));
  if (fault !== null) return fault;
  const fold = foldedName(name);
  for (const other of resolved.siblings) {
    const text = pathText(other);
    const existing = [...segments.slice(0, resolved.existing), text].join('/');
    // A file may be renamed to another spelling: the same submission then deletes the old one.
    if (foldedName(text) === fold && !deleted.has(existing)) return spellingConflict(existing);
  }
  return null;
}

/** Finds paths that conflict with another one: listed twice, below another, or differing only in spelling. */
function findConflicts(changes: readonly (ResolvedChange | null)[]): (string | null)[] {
  const all = new Set(changes.flatMap((change) => (change === null ? [] : [change.path])));
  const seen = new Set<string>();
  const spellings = new Map<string, string>();
  return changes.map((change) => {
    if (change === null) return null;
    const { path, action, resolved } = change;
    if (seen.has(path)) return 'is listed twice; give each file once';
    seen.add(path);
    const segments = path.split('/');
    for (let count = 1; count <= segments.length; count += 1) {
      const part = segments.slice(0, count).join('/');
      if (count < segments.length && all.has(part)) {
        return `is below ${JSON.stringify(part)}, changed as a file`;
      }
      if (action === 'delete' || count <= resolved.existing) continue;
      const fold = segments.slice(0, count).map(foldedName).join('/');
      const other = spellings.get(fold) ?? part;
      if (other !== part) return spellingConflict(other);
      spellings.set(fold, part);
    }
    return null;
  });
}

/** The reason against a path that differs from another one only in spelling. */
export function spellingConflict(other: string): string {
  return `differs only in spelling from ${JSON.stringify(other)}: many file systems would take it for the same`;
}
