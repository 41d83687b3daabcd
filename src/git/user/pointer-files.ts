import { BIG_FILE_BYTES } from '../process/git-limits.js';
import { ObjectReader } from '../objects/object-reader.js';
import type { TreeEntry } from '../objects/tree-reader.js';
import { readPlainBytes } from './plain-file.js';

/** The first line of a pointer, which Git LFS commits instead of the file. */
const POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');
/** The limit of Git LFS itself: it treats no larger file as a pointer. */
const MAX_POINTER_BYTES = 1024;

/**
 * Finds the files of a commit whose content is a Git LFS pointer. Reads files only if attributes mention LFS.
 *
 * @param entries the files of the commit, whose `.gitattributes` are examined
 * @param ownAttributes path of the repository's own attributes file
 */
export async function findLfsFiles(
  gitDir: string,
  entries: readonly TreeEntry[],
  ownAttributes: string,
): Promise<string[]> {
  const reader = new ObjectReader(gitDir);
  try {
    if (!(await attributesNameLfs(ownAttributes, reader, entries))) return [];
    const small = entries.filter(
      ({ mode, size }) => isFile(mode) && size !== null && size > POINTER.length && size <= MAX_POINTER_BYTES,
    );
    const found: string[] = [];
    for (const { path, sha } of small) {
      const content = await reader.read(sha);
      if (content?.subarray(0, POINTER.length).equals(POINTER) === true) found.push(path);
    }
    return found;
  } finally {
    reader.close();
  }
}

async function attributesNameLfs(
  ownAttributes: string,
  reader: ObjectReader,
  entries: readonly TreeEntry[],
): Promise<boolean> {
  const inTree = entries.filter(
    ({ path, mode, size }) =>
      isFile(mode) && /(^|\/)\.gitattributes$/.test(path) && size !== null && size < BIG_FILE_BYTES,
  );
  const texts = [
    // Within the limit of those in the tree. Git itself reads no larger ones than 100 MB.
    await readPlainBytes(ownAttributes, BIG_FILE_BYTES),
    ...(await Promise.all(inTree.map(({ sha }) => reader.read(sha)))),
  ];
  return texts.some((text) => text?.includes('filter=lfs') === true);
}

function isFile(mode: TreeEntry['mode']): boolean {
  return mode === '100644' || mode === '100755';
}
