import { commitSha, type CommitSha, type TreeSha } from '../../contract/ids.js';
import { commitChanges, type ChangeSet } from './commit-changes.js';
import { changedPaths, diff } from './compare.js';
import { unixSeconds } from './fast-import.js';
import { checkGitVersion, runGit } from '../process/git-process.js';
import { importBase } from './import-base.js';
import { importBranch } from './import-branch.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { maintain, type MaintenanceResult } from './maintenance.js';
import { archive } from './archive.js';
import { mergeTree, type MergeResult } from './merge.js';
import { ObjectReader } from '../objects/object-reader.js';
import { refusedPath, type PathChange, type RefusedPath } from './refused-path.js';
import { moveRef, readRef, type MoveResult } from './refs.js';
import { treeWithFilesOf } from './restore.js';
import { search, type SearchQuery, type SearchResult } from './search.js';
import { makeStoreFolder } from './store-folder.js';
import {
  filesIn,
  listTree,
  readCommit,
  resolvePath,
  type Lookup,
  type TreeEntry,
} from '../objects/tree-reader.js';

export interface TreeCommit {
  readonly tree: TreeSha;
  readonly parents: readonly CommitSha[];
  readonly message: string;
  /** Author's and committer's date, to the second. */
  readonly at: Date;
}

/**
 * The bare repository that holds every version of the code: a commit in, a commit out. Any number of
 * processes use one at the same time. Commits are never pruned, ref or not.
 *
 * Every method throws GitError, ProcessTimeoutError or the signal's reason when git fails, hangs or is stopped,
 * and UnknownCommitError for a commit that the store does not have.
 */
export class GitStore {
  readonly #reader: ObjectReader;

  private constructor(
    /** The bare repository's folder. */
    readonly gitDir: string,
  ) {
    this.#reader = new ObjectReader(gitDir);
  }

  /** Opens the store in a folder, made when missing. EnvironmentError: no git, too old, or no such folder. */
  static async open(folder: string): Promise<GitStore> {
    await checkGitVersion(TIME_LIMIT.few);
    await makeStoreFolder(folder);
    return new GitStore(folder);
  }

  /** Ends the reading process now; by itself it ends when idle and keeps no process alive. */
  close(): void {
    this.#reader.close();
  }

  /**
   * Brings a commit of the user's repository into the store, its tree and not its history, and keeps it. Does
   * nothing when it is there. EnvironmentError when the repository does not have all of it.
   */
  async importBase(
    repository: { readonly gitDir: string },
    commit: CommitSha,
    signal?: AbortSignal,
  ): Promise<void> {
    await importBase({ gitDir: this.gitDir, reader: this.#reader }, repository.gitDir, commit, signal);
  }

  /**
   * Brings a run's branch back from the user's repository, after the store was lost. EnvironmentError when the
   * repository does not have all of it.
   */
  async importBranch(
    repository: { readonly gitDir: string },
    branch: { readonly base: CommitSha; readonly tip: CommitSha },
  ): Promise<void> {
    await importBranch({ gitDir: this.gitDir, reader: this.#reader }, repository.gitDir, branch);
  }

  async has(commit: CommitSha): Promise<boolean> {
    return (await this.#reader.info(commit))?.type === 'commit';
  }

  async treeOf(commit: CommitSha): Promise<TreeSha> {
    return (await readCommit(this.#reader, commit)).tree;
  }

  /** The first parent; null for a root, and for an imported base whose parents were not brought along. */
  async parentOf(commit: CommitSha): Promise<CommitSha | null> {
    const parent = (await readCommit(this.#reader, commit)).parents[0];
    return parent !== undefined && (await this.has(parent)) ? parent : null;
  }

  /** Files, symbolic links and submodules, in git's order. */
  listTree(commit: CommitSha): Promise<TreeEntry[]> {
    return listTree(this.gitDir, commit);
  }

  /** What is at a path; symbolic links are not followed. */
  async lookUp(commit: CommitSha, path: string): Promise<Lookup> {
    return (await resolvePath(this.#reader, commit, path)).found;
  }

  /** The first of the changes of one submission that must not be made to a commit, or null. */
  refusedPath(commit: CommitSha, changes: readonly PathChange[]): Promise<RefusedPath | null> {
    return refusedPath(changes, (path) => resolvePath(this.#reader, commit, path));
  }

  /** The files right in a folder ('' for the root). */
  filesIn(commit: CommitSha, folder: string): Promise<string[]> {
    return filesIn(this.#reader, commit, folder);
  }

  /** A file's bytes; null when there is no regular file at the path. RangeError over MAX_FILE_BYTES. */
  async readFile(commit: CommitSha, path: string): Promise<Buffer | null> {
    const found = await this.lookUp(commit, path);
    return found.kind === 'file' ? this.#reader.read(found.sha) : null;
  }

  search(commit: CommitSha, query: SearchQuery, signal?: AbortSignal): Promise<SearchResult> {
    return search(this.gitDir, commit, query, signal);
  }

  /** Paths whose content, mode or being differs; a renamed file is two of them. */
  changedPaths(from: CommitSha, to: CommitSha): Promise<string[]> {
    return changedPaths(this.#reader, from, to);
  }

  /** A patch for a person to read, or a line for each file. */
  diff(from: CommitSha, to: CommitSha, options: { readonly stat?: boolean } = {}): Promise<string> {
    return diff(this.gitDir, from, to, options.stat === true);
  }

  /**
   * A commit of changes on a parent: same input, same sha. Existing files keep their mode, new ones are not
   * executable. Gives the parent itself when nothing differs from it. Throws RefusedChangeError (path and
   * reason), with nothing written, for a change that must not be made.
   */
  commitChanges(set: ChangeSet, signal?: AbortSignal): Promise<CommitSha> {
    return commitChanges({ gitDir: this.gitDir, reader: this.#reader }, set, signal);
  }

  /** A commit of a tree that is there already (a merge's result): same input, same sha. */
  async commitTree({ tree, parents, message, at }: TreeCommit): Promise<CommitSha> {
    const date = `@${unixSeconds(at)} +0000`;
    const { stdout } = await runGit({
      gitDir: this.gitDir,
      args: ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
      env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      input: message,
      timeLimitMs: TIME_LIMIT.few,
    });
    return commitSha(stdout.toString('latin1').trim());
  }

  /** The tree of a commit with some files as another commit has them. */
  treeWithFilesOf(commit: CommitSha, from: CommitSha, paths: readonly string[]): Promise<TreeSha> {
    return treeWithFilesOf({ gitDir: this.gitDir, reader: this.#reader }, commit, from, paths);
  }

  /** Merges two commits that have a common ancestor in the store. */
  mergeTree(ours: CommitSha, theirs: CommitSha, signal?: AbortSignal): Promise<MergeResult> {
    return mergeTree(this.gitDir, ours, theirs, signal);
  }

  readRef(ref: string): Promise<CommitSha | null> {
    return readRef(this.#reader, ref);
  }

  /** Compare-and-set of a ref below `refs/leadwright/`; `expected` null: it must not exist. */
  moveRef(ref: string, to: CommitSha, expected: CommitSha | null): Promise<MoveResult> {
    return moveRef(this.gitDir, this.#reader, ref, to, expected);
  }

  /** Deletes a ref that is at `expected`; `already` when there is none. */
  deleteRef(ref: string, expected: CommitSha): Promise<MoveResult> {
    return moveRef(this.gitDir, this.#reader, ref, null, expected);
  }

  /** A commit's files as a tar archive, byte for byte. */
  archive(commit: CommitSha, signal?: AbortSignal) {
    return archive(this.gitDir, commit, signal);
  }

  /** Packs the store when it needs it, dropping nothing. Call it now and then, between runs or landings. */
  maintenance(): Promise<MaintenanceResult> {
    return maintain(this.gitDir);
  }
}
