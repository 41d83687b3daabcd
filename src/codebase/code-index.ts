import type { CommitSha } from '../contract/ids.js';
import type { GitStore } from '../git/store/git-store.js';
import type { CodeSymbol, FileFacts } from './file-facts.js';

/** What the index reads of a git store, or of a user's repository (`GitStore.reading`). */
export type CommitSource = Pick<GitStore, 'gitDir' | 'listTree' | 'changedPaths' | 'lookUp' | 'readBlob'>;

export interface FoundSymbol {
  readonly definitions: readonly (CodeSymbol & { readonly path: string })[];
  readonly references: readonly { readonly path: string; readonly line: number }[];
}

/** The index of the code: what it knows of each file of a commit. */
export interface CodeIndex {
  /**
   * The facts of each file of a commit by its path, in git's order, without files that look like secrets. A file with
   * the same bytes and ending has the same object in every commit, so what is computed from it can be kept in a WeakMap.
   * Only what was never seen before is parsed.
   */
  facts(source: CommitSource, commit: CommitSha, signal?: AbortSignal): Promise<ReadonlyMap<string, FileFacts>>;
  /** Where a name is defined and used, in the order of paths and lines. */
  find(source: CommitSource, commit: CommitSha, name: string, signal?: AbortSignal): Promise<FoundSymbol>;
  /** Ends the parser's thread and closes the cache. */
  close(): Promise<void>;
}

/**
 * Opens the index. Cheap: the parser's thread starts when there is something to parse.
 * @param folder of the cache (`homePaths(home).codeIndex`); processes may share it
 */
export declare function openCodeIndex(options: { readonly folder: string }): CodeIndex;
