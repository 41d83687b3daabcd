import type { CommitSha } from '../ids.js';
import type { ObjectReader } from './object-reader.js';
import { pathText } from './path-bytes.js';
import { treeEntries } from './tree-object.js';
import { foldedName } from './tree-path.js';
import { readCommit } from './tree-reader.js';

interface Entry {
  readonly path: Buffer;
  readonly name: string;
  readonly sha: string;
  readonly isFolder: boolean;
}

/**
 * The files that a commit has right in a folder, and in every other whose name a file system that folds case takes
 * for the same. The folder is '' for the root; one that is not there has no files.
 */
export async function filesIn(reader: ObjectReader, commit: CommitSha, folder: string): Promise<string[]> {
  const root = (await readCommit(reader, commit)).tree;
  let entries = await entriesOf(reader, null, root);
  for (const name of folder === '' ? [] : folder.split('/')) {
    const wanted = foldedName(name);
    const folders = entries.filter((entry) => entry.isFolder && foldedName(entry.name) === wanted);
    entries = (await Promise.all(folders.map(({ path, sha }) => entriesOf(reader, path, sha)))).flat();
  }
  return entries.flatMap(({ path, isFolder }) => (isFolder ? [] : [pathText(path)]));
}

async function entriesOf(reader: ObjectReader, above: Buffer | null, tree: string): Promise<Entry[]> {
  const bytes = (await reader.read(tree)) ?? Buffer.alloc(0);
  return [...treeEntries(bytes)].map(({ mode, name, sha }) => ({
    path: above === null ? name : Buffer.concat([above, Buffer.from('/'), name]),
    name: pathText(name),
    sha,
    isFolder: mode === '040000',
  }));
}
