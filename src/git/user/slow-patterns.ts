import { EnvironmentError } from '../../contract/errors.js';
import { ObjectReader } from '../objects/object-reader.js';
import type { TreeEntry } from '../objects/tree-reader.js';
import { BIG_FILE_BYTES } from '../process/git-limits.js';

/** Folders of any depth in one pattern. git takes twice the time for each; nobody writes more than three. */
const MAX_ANY_DEPTH = 12;

/**
 * Checks that git can compare paths with the patterns of a commit: it does so when it lists changes, archives and packs.
 *
 * @param entries the files of the commit
 * @throws EnvironmentError for a pattern that takes years
 */
export async function checkPatterns(
  root: string,
  gitDir: string,
  entries: readonly TreeEntry[],
): Promise<void> {
  const files = entries.filter(
    ({ path, mode, size }) =>
      /(?:^|\/)\.git(?:attributes|ignore)$/.test(path) &&
      (mode === '100644' || mode === '100755') &&
      (size ?? 0) < BIG_FILE_BYTES,
  );
  const distinct = new Map(files.map((file) => [file.sha, file]));
  const reader = new ObjectReader(gitDir);
  try {
    for (const { path, sha } of distinct.values()) {
      const line = slowLine((await reader.read(sha))?.toString('latin1') ?? '');
      if (line === null) continue;
      throw new EnvironmentError(
        `${path} of ${root} has more than ${MAX_ANY_DEPTH} times **/ in line ${line}: git would take years to compare paths with it`,
        'Write **/ once, which stands for any number of folders, and commit that. Find out who wrote that line.',
      );
    }
  } finally {
    reader.close();
  }
}

/** The number of the first line that is slow; null when none is. */
function slowLine(text: string): number | null {
  const index = text.split('\n').findIndex((line) => (line.match(/\*\*\//g)?.length ?? 0) > MAX_ANY_DEPTH);
  return index < 0 ? null : index + 1;
}
