import type { CommitSha } from '../../contract/ids.js';
import type { FileWrite } from './fast-import.js';
import { RefusedChangeError } from '../process/git-errors.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { findRefusedPath, type PathChange } from './refused-path.js';
import { resolvePath } from '../objects/tree-reader.js';
import { writeFiles, type StoreObjects } from './write-commit.js';

export type Change =
  | {
      readonly path: string;
      readonly content: Buffer;
      /** By default an existing file keeps its mode, and a new one is not executable. */
      readonly executable?: boolean;
    }
  | { readonly path: string; readonly delete: true };

export interface ChangeSet {
  readonly parent: CommitSha;
  readonly changes: readonly Change[];
  readonly message: string;
  /** Author's and committer's date, to the second. From the database, so that a retry makes the same commit. */
  readonly at: Date;
}

/**
 * Creates a commit of a set of changes. Returns the parent when they change nothing.
 *
 * @throws RefusedChangeError when a change is not allowed; then nothing is written
 */
export async function commitChanges(
  store: StoreObjects,
  set: ChangeSet,
  signal?: AbortSignal,
): Promise<CommitSha> {
  const files = await resolveWrites(store.reader, set);
  return files.length === 0 ? set.parent : writeFiles(store, { ...set, files }, signal);
}

async function resolveWrites(reader: ObjectReader, { parent, changes }: ChangeSet): Promise<FileWrite[]> {
  const refused = await findRefusedPath(changes.map(pathChange), (path) => resolvePath(reader, parent, path));
  if (refused !== null) throw new RefusedChangeError(refused.path, refused.reason);
  return Promise.all(changes.map((change) => toFileWrite(reader, parent, change)));
}

/** The path and the action of a change. */
export function pathChange(change: Change): PathChange {
  return { path: change.path, action: 'delete' in change ? 'delete' : 'write' };
}

async function toFileWrite(reader: ObjectReader, parent: CommitSha, change: Change): Promise<FileWrite> {
  const path = Buffer.from(change.path, 'utf8');
  if ('delete' in change) return { path, mode: 'delete' };
  const { found } = await resolvePath(reader, parent, change.path);
  const executable = change.executable ?? (found.kind === 'file' && found.executable);
  const mode = executable ? '100755' : '100644';
  return { path, mode, content: change.content };
}
