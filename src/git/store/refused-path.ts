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
 * Which paths may be written: the one place where that is decided. Of the changes of one submission to a
 * commit it gives the first that must not be made, or null. What it lets through lands, in any checkout on any
 * of the usual file systems, below the root, at exactly its path, and on no other file.
 */
export async function findRefusedPath(
  changes: readonly PathChange[],
  wayTo: (path: string) => Promise<TreePath>,
): Promise<RefusedPath | null> {
  for (const { path } of changes) {
    const reason = spellingFault(path);
    if (reason !== null) return { path, reason };
  }
  const placed = await Promise.all(
    changes.map(async (change): Promise<ResolvedChange> => ({
      ...change,
      resolved: await wayTo(change.path),
    })),
  );
  const deleted = new Set(placed.filter(({ action }) => action === 'delete').map(({ path }) => path));
  for (const change of placed) {
    const reason =
      existingFault(change) ?? (change.action === 'write' ? newNamesFault(change, deleted) : null);
    if (reason !== null) return { path: change.path, reason };
  }
  return findConflict(placed);
}

interface ResolvedChange extends PathChange {
  readonly resolved: TreePath;
}

/** Whether what the commit has at the path and on the way to it allows the change. */
function existingFault({ action, resolved: { found } }: ResolvedChange): string | null {
  switch (found.kind) {
    case 'file':
      return null;
    case 'missing':
      return action === 'write' ? null : 'does not exist';
    case 'folder':
      return 'is a folder';
    case 'symlink':
      // To delete a link touches the link only; to write it would leave open what is meant.
      return action === 'delete' ? null : 'is a symbolic link';
    case 'submodule':
      return 'is a submodule';
    case 'below':
      return `is below ${JSON.stringify(found.ancestor)}, which is a ${NAMES[found.of]}`;
  }
}

const NAMES = { file: 'file', symlink: 'symbolic link', submodule: 'submodule' } as const;

/** Whether the names that the path would bring into the commit are good ones, and not there in other spelling. */
function newNamesFault({ path, resolved: way }: ResolvedChange, deleted: ReadonlySet<string>): string | null {
  const segments = path.split('/');
  const name = segments[way.existing];
  if (name === undefined) return null;
  const fault = newNameFault(segments.slice(way.existing));
  if (fault !== null) return fault;
  const fold = foldedName(name);
  for (const other of way.siblings) {
    const text = pathText(other);
    const there = [...segments.slice(0, way.existing), text].join('/');
    // A file may be renamed to another spelling: what is deleted with the same submission is in no one's way.
    if (foldedName(text) === fold && !deleted.has(there)) return spellingConflict(there);
  }
  return null;
}

/** Whether the paths can stand beside each other: none twice, none below another, none like another. */
function findConflict(placed: readonly ResolvedChange[]): RefusedPath | null {
  const paths = new Set<string>();
  for (const { path } of placed) {
    if (paths.has(path)) return { path, reason: 'is listed twice; give each file once' };
    paths.add(path);
  }
  const spelled = new Map<string, string>();
  for (const { path, action, resolved: way } of placed) {
    const segments = path.split('/');
    for (let count = 1; count <= segments.length; count += 1) {
      const part = segments.slice(0, count).join('/');
      if (count < segments.length && paths.has(part)) {
        return { path, reason: `is below ${JSON.stringify(part)}, changed as a file` };
      }
      if (action === 'delete' || count <= way.existing) continue;
      const fold = segments.slice(0, count).map(foldedName).join('/');
      const other = spelled.get(fold) ?? part;
      if (other !== part) return { path, reason: spellingConflict(other) };
      spelled.set(fold, part);
    }
  }
  return null;
}

function spellingConflict(other: string): string {
  return `differs only in spelling from ${JSON.stringify(other)}: many file systems would take it for the same`;
}
