/** New names of two sides of a merge that differ only in spelling. */
import type { CommitSha } from '../../contract/ids.js';
import { foldedName } from '../objects/tree-path.js';
import type { Lookup } from '../objects/tree-reader.js';
import { spellingConflict } from './refused-path.js';

/** A file whose path, from the root to some name, differs only in spelling from a path of the other side. */
export interface SpellingTwin {
  readonly path: string;
  /** The file of the other side. */
  readonly other: string;
  /** Goes after the path, as the reason of a refused path does. */
  readonly reason: string;
}

/** One side of a merge. */
export interface MergeSide {
  readonly commit: CommitSha;
  /** The paths that differ from the start. */
  readonly changed: readonly string[];
}

interface ReadStore {
  lookUp(commit: CommitSha, path: string): Promise<Lookup>;
  changedPaths(from: CommitSha, to: CommitSha): Promise<string[]>;
}

/**
 * Finds the added files of one side that many file systems would take for one that the other side has added. Git merges
 * both without a conflict. Compares names only, and reads the commits only for those that look alike; for a side that adds
 * no file, it reads nothing of the other.
 *
 * @param start the commit from which both sides began
 * @param other the commit of the other side
 */
export async function findSpellingTwins(
  store: ReadStore,
  start: CommitSha,
  one: MergeSide,
  other: CommitSha,
): Promise<SpellingTwin[]> {
  const has = async (commit: CommitSha, name: string) => {
    const { kind } = await store.lookUp(commit, name);
    return kind !== 'missing' && kind !== 'below';
  };
  const isAdded = async (commit: CommitSha, name: string) =>
    !(await has(start, name)) && (await has(commit, name));
  const twins: SpellingTwin[] = [];
  let known: ReturnType<typeof spellingsOf> | undefined;
  for (const path of one.changed) {
    if (await has(start, path)) continue;
    known ??= spellingsOf(await store.changedPaths(start, other));
    for (const { name, spelling, file } of listAlike(path, known)) {
      if (!(await isAdded(one.commit, name)) || !(await isAdded(other, spelling))) continue;
      const reason = spellingConflict(spelling);
      twins.push({
        path,
        other: file,
        reason: name === path ? reason : `is in ${JSON.stringify(name)}, which ${reason}`,
      });
      break;
    }
  }
  return twins;
}

/** The spellings of each folded name, with a file that has it. */
function spellingsOf(paths: readonly string[]): Map<string, Map<string, string>> {
  const known = new Map<string, Map<string, string>>();
  for (const path of paths) {
    for (const { name, folded } of namesOf(path)) {
      const spellings = known.get(folded);
      if (spellings === undefined) known.set(folded, new Map([[name, path]]));
      else spellings.set(name, path);
    }
  }
  return known;
}

/** Other spellings of a path and of its folders. */
function listAlike(path: string, known: ReturnType<typeof spellingsOf>) {
  return namesOf(path).flatMap(({ name, folded }) =>
    [...(known.get(folded) ?? [])]
      .filter(([spelling]) => spelling !== name)
      .map(([spelling, file]) => ({ name, spelling, file })),
  );
}

/** The path and its folders, from the root, as they are and folded. */
function namesOf(path: string): { readonly name: string; readonly folded: string }[] {
  const segments = path.split('/');
  const folded = segments.map(foldedName);
  return segments.map((_, index) => ({
    name: segments.slice(0, index + 1).join('/'),
    folded: folded.slice(0, index + 1).join('/'),
  }));
}
