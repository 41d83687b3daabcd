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
 * Finds the first change of a submission that is not allowed; null when all are. This is the only check of which paths
 * may be written. In a checkout on any of the usual file systems, an allowed change is written below the root, at
 * exactly its path, and to no other file.
 *
 * @param resolve resolves a path in the commit that the changes apply to
 */
export async function findRefusedPath(
  changes: readonly PathChange[],
  resolve: (path: string) => Promise<TreePath>,
): Promise<RefusedPath | null> {
  for (const { path } of changes) {
    const reason = spellingFault(path);
    if (reason !== null) return { path, reason };
  }
  const resolved = await Promise.all(
    changes.map(async (change): Promise<ResolvedChange> => ({
      ...change,
      resolved: await resolve(change.path),
    })),
  );
  const deleted = new Set(resolved.filter(({ action }) => action === 'delete').map(({ path }) => path));
  for (const change of resolved) {
    const reason =
      existingFault(change) ?? (change.action === 'write' ? newNamesFault(change, deleted) : null);
    if (reason !== null) return { path: change.path, reason };
  }
  return findConflict(resolved);
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

/** Finds a path that conflicts with another one: listed twice, below another, or differing only in spelling. */
function findConflict(changes: readonly ResolvedChange[]): RefusedPath | null {
  const paths = new Set<string>();
  for (const { path } of changes) {
    if (paths.has(path)) return { path, reason: 'is listed twice; give each file once' };
    paths.add(path);
  }
  const spellings = new Map<string, string>();
  for (const { path, action, resolved } of changes) {
    const segments = path.split('/');
    for (let count = 1; count <= segments.length; count += 1) {
      const part = segments.slice(0, count).join('/');
      if (count < segments.length && paths.has(part)) {
        return { path, reason: `is below ${JSON.stringify(part)}, changed as a file` };
      }
      if (action === 'delete' || count <= resolved.existing) continue;
      const fold = segments.slice(0, count).map(foldedName).join('/');
      const other = spellings.get(fold) ?? part;
      if (other !== part) return { path, reason: spellingConflict(other) };
      spellings.set(fold, part);
    }
  }
  return null;
}

function spellingConflict(other: string): string {
  return `differs only in spelling from ${JSON.stringify(other)}: many file systems would take it for the same`;
}
