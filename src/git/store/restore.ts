import type { CommitSha, TreeSha } from '../../contract/ids.js';
import type { FileWrite } from './fast-import.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { pathBytes } from '../objects/path-bytes.js';
import { resolvePath } from '../objects/tree-reader.js';
import { writeTree, type StoreObjects } from './write-commit.js';

/** What becomes of a path where the other commit has nothing: it stays as it is, or it is deleted. */
export type Absent = 'keep' | 'delete';

/**
 * Creates a tree: that of `commit`, with the files and links at `paths` as `from` has them. A path where `from` has
 * a folder stays as it is.
 */
export async function restoreFiles(
  store: StoreObjects,
  commit: CommitSha,
  from: CommitSha,
  paths: readonly string[],
  absent: Absent = 'keep',
): Promise<TreeSha> {
  const found = await Promise.all(paths.map((path) => findFile(store.reader, from, path, absent)));
  return writeTree(
    store,
    commit,
    found.filter((file) => file !== null),
  );
}

async function findFile(
  reader: ObjectReader,
  commit: CommitSha,
  text: string,
  absent: Absent,
): Promise<FileWrite | null> {
  const { found } = await resolvePath(reader, commit, text);
  const path = pathBytes(text);
  switch (found.kind) {
    case 'file':
      return { path, mode: found.executable ? '100755' : '100644', sha: found.sha };
    case 'symlink':
      return { path, mode: '120000', sha: found.sha };
    case 'missing':
    case 'below':
      return absent === 'delete' ? { path, mode: 'delete' } : null;
    case 'folder':
    case 'submodule':
      return null;
  }
}
