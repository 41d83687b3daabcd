import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { fastImport, type FileWrite } from './fast-import.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { pathBytes } from '../objects/path-bytes.js';
import { readCommit, resolvePath } from '../objects/tree-reader.js';

/** Date of the intermediate commit, of which only the tree is used. */
const NO_DATE = new Date(0);

/** What becomes of a path where the other commit has nothing: it stays as it is, or it is deleted. */
export type Absent = 'keep' | 'delete';

/**
 * Creates a tree: that of `commit`, with the files and links at `paths` as `from` has them. A path where `from` has
 * a folder stays as it is.
 */
export async function restoreFiles(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
  from: CommitSha,
  paths: readonly string[],
  absent: Absent = 'keep',
): Promise<TreeSha> {
  const found = await Promise.all(paths.map((path) => findFile(store.reader, from, path, absent)));
  const files = found.filter((file) => file !== null);
  const restored = await fastImport(store.gitDir, { parent: commit, files, message: '', at: NO_DATE });
  return (await readCommit(store.reader, restored)).tree;
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
