import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { commitChanges, type ChangeSet } from './commit-changes.js';
import { changedLines, changedPaths, diff, patch, type ChangedLines } from './compare.js';
import { checkGitVersion } from '../process/git-process.js';
import { importBase } from './import-base.js';
import { importBranch } from './import-branch.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { findIgnoredPaths } from './ignored-paths.js';
import { maintain, type MaintenanceResult } from './maintenance.js';
import { archive } from './archive.js';
import { checkOut, type CheckoutPurpose } from './check-out.js';
import { mergeTree, type MergeResult } from './merge.js';
import type { TreeCommit } from '../objects/commit-object.js';
import { readNewObjects } from '../objects/new-objects.js';
import type { NamedObject } from '../objects/object-name.js';
import { ObjectReader } from '../objects/object-reader.js';
import { ObjectWriter } from '../objects/object-writer.js';
import { findPathFaults, type PathChange } from './refused-path.js';
import { moveRef, readRef, type MoveResult } from './refs.js';
import { restoreFiles, type Absent } from './restore.js';
import { listFiles } from '../objects/small-tree.js';
import { search, type SearchQuery, type SearchResult } from './search.js';
import { findSpellingTwins, type MergeSide, type SpellingTwin } from './spelling-twins.js';
import { createStoreFolder } from './store-folder.js';
import { writeCommit } from './write-commit.js';
import { listFolder, readCommit, resolvePath, type Lookup, type TreeEntry } from '../objects/tree-reader.js';

type ReadMethod = 'has' | 'listTree' | 'lookUp' | 'readFile' | 'readBlob' | 'search' | 'changedPaths';

/**
 * The git store: a bare repository that holds every version of the code. Any number of processes can use it at the
 * same time. Commits are never pruned, whether or not a ref points to them.
 *
 * @throws GitError, ProcessTimeoutError or the signal's reason, from every method, when git fails, hangs or is stopped
 * @throws UnknownCommitError, from every method, for a commit that the store does not have
 */
export class GitStore {
  readonly #reader: ObjectReader;
  readonly #writer: ObjectWriter;

  private constructor(
    /** The bare repository's folder. */
    readonly gitDir: string,
  ) {
    this.#reader = new ObjectReader(gitDir);
    this.#writer = new ObjectWriter(gitDir, this.#reader);
  }

  /**
   * Opens the store in a folder and creates it when missing.
   *
   * @throws EnvironmentError when git is missing or too old, or the store cannot be created
   */
  static async open(folder: string): Promise<GitStore> {
    await checkGitVersion(TIME_LIMIT.few);
    await createStoreFolder(folder);
    return new GitStore(folder);
  }

  /** Reads another repository, such as a borrowed folder of the user's: the methods that change something are left out. */
  static reading(gitDir: string): Pick<GitStore, 'gitDir' | 'close' | ReadMethod> {
    return new GitStore(gitDir);
  }

  /** Ends the child process that reads objects. Optional: it ends when idle and does not keep this process alive. */
  close(): void {
    this.#reader.close();
  }

  /**
   * Copies a commit of the user's repository into the store, with its tree but without its history, and creates a ref
   * for it. Does nothing when the store has it already.
   *
   * @throws EnvironmentError when objects of the commit are missing in the repository
   */
  async importBase(
    repository: { readonly gitDir: string },
    commit: CommitSha,
    signal?: AbortSignal,
  ): Promise<void> {
    await importBase({ gitDir: this.gitDir, reader: this.#reader }, repository.gitDir, commit, signal);
  }

  /**
   * Copies a run's branch back from the user's repository after the store was lost.
   *
   * @throws EnvironmentError when objects of the branch are missing in the repository
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

  /** The first parent; null for a root commit, and for an imported base, whose parents are not in the store. */
  async parentOf(commit: CommitSha): Promise<CommitSha | null> {
    const parent = (await readCommit(this.#reader, commit)).parents[0];
    return parent !== undefined && (await this.has(parent)) ? parent : null;
  }

  /** The first line of the message. */
  async subjectOf(commit: CommitSha): Promise<string> {
    return (await readCommit(this.#reader, commit)).subject;
  }

  /** Files, symbolic links and submodules, in git's order. */
  listTree(commit: CommitSha): Promise<TreeEntry[]> {
    return listFiles(this.#objects(), commit);
  }

  /** What a commit contains at a path. Does not follow symbolic links. */
  async lookUp(commit: CommitSha, path: string): Promise<Lookup> {
    return (await resolvePath(this.#reader, commit, path)).found;
  }

  /** Tells for each of some changes why it is not allowed on a commit; null when it is. */
  findPathFaults(commit: CommitSha, changes: readonly PathChange[]): Promise<(string | null)[]> {
    return findPathFaults(changes, (path) => resolvePath(this.#reader, commit, path));
  }

  /** Finds the paths that the `.gitignore` files of a commit ignore, whether or not they exist. */
  ignoredPaths(commit: CommitSha, paths: readonly string[]): Promise<ReadonlySet<string>> {
    return findIgnoredPaths(this.#objects(), commit, paths);
  }

  /** Lists the files directly in a folder ('' for the root). */
  listFolder(commit: CommitSha, folder: string): Promise<string[]> {
    return listFolder(this.#reader, commit, folder);
  }

  /**
   * The bytes of a file; null when there is no regular file at the path.
   *
   * @throws RangeError for a file over MAX_FILE_BYTES
   */
  async readFile(commit: CommitSha, path: string): Promise<Buffer | null> {
    const found = await this.lookUp(commit, path);
    return found.kind === 'file' ? this.#reader.read(found.sha) : null;
  }

  /**
   * The bytes of a blob by its name; null when there is none.
   *
   * @throws RangeError for a file over MAX_FILE_BYTES
   */
  readBlob(sha: string): Promise<Buffer | null> {
    return this.#reader.read(sha);
  }

  search(commit: CommitSha, query: SearchQuery, signal?: AbortSignal): Promise<SearchResult> {
    return search(this.#objects(), commit, query, signal);
  }

  /** Lists the paths whose content, mode or existence differs. A renamed file appears as two paths. */
  changedPaths(from: CommitSha, to: CommitSha): Promise<string[]> {
    return changedPaths(this.#reader, from, to);
  }

  /** Counts the changed lines of each changed file. */
  changedLines(from: CommitSha, to: CommitSha): Promise<ChangedLines[]> {
    return changedLines(this.gitDir, from, to);
  }

  /** The differences for a person: a patch, or with `stat` a line for each file; with `paths`, of these files only. */
  diff(
    from: CommitSha,
    to: CommitSha,
    options: { readonly stat?: boolean; readonly paths?: readonly string[] } = {},
  ): Promise<string> {
    return diff(this.gitDir, from, to, options);
  }

  /** The exact differences for `git apply`: every byte, binary files included. */
  patch(from: CommitSha, to: CommitSha): Promise<Buffer> {
    return patch(this.gitDir, from, to);
  }

  /**
   * Creates a commit of changes on a parent. The same input gives the same sha. Returns the parent when nothing differs from it.
   *
   * @throws RefusedChangeError when a change is not allowed; then nothing is written
   */
  commitChanges(set: ChangeSet, signal?: AbortSignal): Promise<CommitSha> {
    return commitChanges(this.#objects(), set, signal);
  }

  /** Creates a commit of a tree in the store (the result of a merge). The same input gives the same sha. */
  async commitTree(commit: TreeCommit): Promise<CommitSha> {
    for (const parent of commit.parents) await readCommit(this.#reader, parent);
    if ((await this.#reader.readTree(commit.tree)) === null)
      throw new Error(`the git store has no tree ${commit.tree}`);
    return writeCommit(this.#objects(), commit);
  }

  /**
   * Creates a tree: that of `commit`, with the files at `paths` restored to their state in `from`.
   *
   * @param absent what becomes of files that `from` does not have
   */
  restoreFiles(
    commit: CommitSha,
    from: CommitSha,
    paths: readonly string[],
    absent: Absent = 'keep',
  ): Promise<TreeSha> {
    return restoreFiles(this.#objects(), commit, from, paths, absent);
  }

  /** Merges two commits that have a common ancestor in the store. */
  mergeTree(ours: CommitSha, theirs: CommitSha, signal?: AbortSignal): Promise<MergeResult> {
    return mergeTree(this.#objects(), ours, theirs, signal);
  }

  /** Finds the added files of one side of a merge whose names differ only in spelling from those of the other side. */
  findSpellingTwins(start: CommitSha, one: MergeSide, other: CommitSha): Promise<SpellingTwin[]> {
    return findSpellingTwins(this, start, one, other);
  }

  /** The objects of a commit that are new since an ancestor; null when it takes git to find or copy them. */
  newObjects(commit: CommitSha, known: CommitSha): Promise<readonly NamedObject[] | null> {
    return readNewObjects(this.#reader, commit, known);
  }

  readRef(ref: string): Promise<CommitSha | null> {
    return readRef(this.#reader, ref);
  }

  /** Moves a ref below `refs/leadwright/` if it is still at `expected` (null: if it does not exist). */
  moveRef(ref: string, to: CommitSha, expected: CommitSha | null): Promise<MoveResult> {
    return moveRef(this.gitDir, this.#reader, ref, to, expected);
  }

  /** Deletes a ref if it is still at `expected`. The result is `already` when the ref does not exist. */
  deleteRef(ref: string, expected: CommitSha): Promise<MoveResult> {
    return moveRef(this.gitDir, this.#reader, ref, null, expected);
  }

  /** Streams a commit's files as a tar archive, byte for byte; in a folder of that name, when there is one. */
  archive(commit: CommitSha, signal?: AbortSignal, folder?: string) {
    return archive(this.#objects(), commit, signal, folder);
  }

  /**
   * Writes a commit's files into a new folder, as a git repository of its own.
   *
   * @throws UsageError when the folder is in use
   */
  checkOut(commit: CommitSha, folder: string, purpose: CheckoutPurpose): Promise<void> {
    return checkOut({ gitDir: this.gitDir, reader: this.#reader }, commit, folder, purpose);
  }

  /** Repacks the store when that is worth it, and keeps every object. To be called periodically. */
  maintain(): Promise<MaintenanceResult> {
    return maintain(this.gitDir);
  }

  #objects() {
    return { gitDir: this.gitDir, reader: this.#reader, writer: this.#writer };
  }
}
