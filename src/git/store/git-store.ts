import type { CommitSha, TreeSha } from '../../contract/ids.js';
import { commitChanges, type ChangeSet } from './commit-changes.js';
import { changedLines, changedPaths, diff, patch, type ChangedLines } from './compare.js';
import { checkGitVersion } from '../process/git-process.js';
import { importBase } from './import-base.js';
import { importBranch } from './import-branch.js';
import { TIME_LIMIT } from '../process/git-limits.js';
import { findDamage, type StoreDamage } from './damage.js';
import { findIgnoredPaths } from './ignored-paths.js';
import { maintain, type MaintenanceResult } from './maintenance.js';
import { archive } from './archive.js';
import { checkOut, type CheckoutPurpose } from './check-out.js';
import { mergeTree, type MergeResult } from './merge.js';
import type { TreeCommit } from '../objects/commit-object.js';
import { readNewObjects } from '../objects/new-objects.js';
import type { NamedObject } from '../objects/object-name.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { findPathFaults, type PathChange } from './refused-path.js';
import { restoreFiles, type Absent } from './restore.js';
import { listFiles } from '../objects/small-tree.js';
import { search, type SearchQuery, type SearchResult } from './search.js';
import { findSpellingTwins, type MergeSide, type SpellingTwin } from './spelling-twins.js';
import { createStoreFolder } from './store-folder.js';
import { StoreParts } from './store-parts.js';
import { writeCommit } from './write-commit.js';
import type { CommitHeader } from '../objects/tree-object.js';
import { listFolder, readCommit, resolvePath, type Lookup, type TreeEntry } from '../objects/tree-reader.js';

type ReadMethod = 'has' | 'listTree' | 'lookUp' | 'readFile' | 'readBlob' | 'search' | 'changedPaths';

/** A store's result of several repositories: the first of these that one of them has. */
const RESULTS_BY_RANK: readonly MaintenanceResult[] = ['done', 'busy', 'not-needed'];

/**
 * The git store: bare repositories that hold every version of the code. Any number of processes can use it at the
 * same time. Commits are never pruned, whether or not a ref points to them.
 *
 * @throws GitError, ProcessTimeoutError or the signal's reason, from every method, when git fails, hangs or is stopped
 * @throws UnknownCommitError, from every method, for a commit that the store does not have
 */
export class GitStore {
  private constructor(
    /** The folder by which the store is known. */
    readonly gitDir: string,
    private readonly parts: StoreParts,
  ) {}

  /**
   * Opens the store in a folder and creates it when missing.
   *
   * @throws EnvironmentError when git is missing or too old, or the store cannot be created
   */
  static async open(folder: string): Promise<GitStore> {
    await checkGitVersion(TIME_LIMIT.few);
    await createStoreFolder(folder, 'sha1');
    return new GitStore(folder, new StoreParts(folder, folder.replace(/(?:\.git)?$/, '-sha256.git')));
  }

  /** Reads another repository, such as a borrowed folder of the user's: the methods that change something are left out. */
  static reading(gitDir: string): Pick<GitStore, 'gitDir' | 'close' | ReadMethod> {
    return new GitStore(gitDir, new StoreParts(gitDir));
  }

  /** Ends the child process that reads objects. Optional: it ends when idle and does not keep this process alive. */
  close(): void {
    this.parts.close();
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
    await importBase(await this.parts.of(commit), repository.gitDir, commit, signal);
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
    await importBranch(await this.parts.of(branch.base), repository.gitDir, branch);
  }

  async has(commit: CommitSha): Promise<boolean> {
    return (await (await this.#readerOf(commit)).info(commit))?.type === 'commit';
  }

  async treeOf(commit: CommitSha): Promise<TreeSha> {
    return (await this.#commit(commit)).tree;
  }

  /** The first parent; null for a root commit, and for an imported base, whose parents are not in the store. */
  async parentOf(commit: CommitSha): Promise<CommitSha | null> {
    const parent = (await this.#commit(commit)).parents[0];
    return parent !== undefined && (await this.has(parent)) ? parent : null;
  }

  /** The first line of the message. */
  async subjectOf(commit: CommitSha): Promise<string> {
    return (await this.#commit(commit)).subject;
  }

  /** Files, symbolic links and submodules, in git's order. */
  async listTree(commit: CommitSha): Promise<TreeEntry[]> {
    return listFiles(await this.parts.of(commit), commit);
  }

  /** What a commit contains at a path. Does not follow symbolic links. */
  async lookUp(commit: CommitSha, path: string): Promise<Lookup> {
    return (await resolvePath(await this.#readerOf(commit), commit, path)).found;
  }

  /** Tells for each of some changes why it is not allowed on a commit; null when it is. */
  async findPathFaults(commit: CommitSha, changes: readonly PathChange[]): Promise<(string | null)[]> {
    const reader = await this.#readerOf(commit);
    return findPathFaults(changes, (path) => resolvePath(reader, commit, path));
  }

  /** Finds the paths that the `.gitignore` files of a commit ignore, whether or not they exist. */
  async ignoredPaths(commit: CommitSha, paths: readonly string[]): Promise<ReadonlySet<string>> {
    return findIgnoredPaths(await this.parts.of(commit), commit, paths);
  }

  /** Lists the files directly in a folder ('' for the root). */
  async listFolder(commit: CommitSha, folder: string): Promise<string[]> {
    return listFolder(await this.#readerOf(commit), commit, folder);
  }

  /**
   * The bytes of a file; null when there is no regular file at the path.
   *
   * @throws RangeError for a file over MAX_FILE_BYTES
   */
  async readFile(commit: CommitSha, path: string): Promise<Buffer | null> {
    const found = await this.lookUp(commit, path);
    return found.kind === 'file' ? this.readBlob(found.sha) : null;
  }

  /**
   * The bytes of a blob by its name; null when there is none.
   *
   * @throws RangeError for a file over MAX_FILE_BYTES
   */
  async readBlob(sha: string): Promise<Buffer | null> {
    return (await this.#readerOf(sha)).read(sha);
  }

  async search(commit: CommitSha, query: SearchQuery, signal?: AbortSignal): Promise<SearchResult> {
    return search(await this.parts.of(commit), commit, query, signal);
  }

  /** Lists the paths whose content, mode or existence differs. A renamed file appears as two paths. */
  async changedPaths(from: CommitSha, to: CommitSha): Promise<string[]> {
    return changedPaths(await this.#readerOf(to), from, to);
  }

  /** Counts the changed lines of each changed file. */
  async changedLines(from: CommitSha, to: CommitSha): Promise<ChangedLines[]> {
    return changedLines(await this.folderOf(to), from, to);
  }

  /** The differences for a person: a patch, or with `stat` a line for each file; with `paths`, of these files only. */
  async diff(
    from: CommitSha,
    to: CommitSha,
    options: { readonly stat?: boolean; readonly paths?: readonly string[] } = {},
  ): Promise<string> {
    return diff(await this.folderOf(to), from, to, options);
  }

  /** The exact differences for `git apply`: every byte, binary files included. */
  async patch(from: CommitSha, to: CommitSha): Promise<Buffer> {
    return patch(await this.folderOf(to), from, to);
  }

  /**
   * Creates a commit of changes on a parent. The same input gives the same sha. Returns the parent when nothing differs from it.
   *
   * @throws RefusedChangeError when a change is not allowed; then nothing is written
   */
  async commitChanges(set: ChangeSet, signal?: AbortSignal): Promise<CommitSha> {
    return commitChanges(await this.parts.of(set.parent), set, signal);
  }

  /** Creates a commit of a tree in the store (the result of a merge). The same input gives the same sha. */
  async commitTree(commit: TreeCommit): Promise<CommitSha> {
    const part = await this.parts.of(commit.tree);
    for (const parent of commit.parents) await readCommit(part.reader, parent);
    if ((await part.reader.readTree(commit.tree)) === null)
      throw new Error(`the git store has no tree ${commit.tree}`);
    return writeCommit(part, commit);
  }

  /**
   * Creates a tree: that of `commit`, with the files at `paths` restored to their state in `from`.
   *
   * @param absent what becomes of files that `from` does not have
   */
  async restoreFiles(
    commit: CommitSha,
    from: CommitSha,
    paths: readonly string[],
    absent: Absent = 'keep',
  ): Promise<TreeSha> {
    return restoreFiles(await this.parts.of(commit), commit, from, paths, absent);
  }

  /** Merges two commits that have a common ancestor in the store. */
  async mergeTree(ours: CommitSha, theirs: CommitSha, signal?: AbortSignal): Promise<MergeResult> {
    return mergeTree(await this.parts.of(ours), ours, theirs, signal);
  }

  /** Finds the added files of one side of a merge whose names differ only in spelling from those of the other side. */
  findSpellingTwins(start: CommitSha, one: MergeSide, other: CommitSha): Promise<SpellingTwin[]> {
    return findSpellingTwins(this, start, one, other);
  }

  /** The objects of a commit that are new since an ancestor; null when it takes git to find or copy them. */
  async newObjects(commit: CommitSha, known: CommitSha): Promise<readonly NamedObject[] | null> {
    return readNewObjects(await this.#readerOf(commit), commit, known);
  }

  /** Streams a commit's files as a tar archive, byte for byte; in a folder of that name, when there is one. */
  archive(commit: CommitSha, signal?: AbortSignal, folder?: string) {
    return archive(this.parts.of(commit), commit, signal, folder);
  }

  /**
   * Writes a commit's files into a new folder, as a git repository of its own.
   *
   * @throws UsageError when the folder is in use
   */
  async checkOut(commit: CommitSha, folder: string, purpose: CheckoutPurpose): Promise<void> {
    return checkOut(await this.parts.of(commit), commit, folder, purpose);
  }

  /** Repacks the store when that is worth it, and keeps every object. To be called periodically. */
  async maintain(): Promise<MaintenanceResult> {
    const results = await Promise.all((await this.parts.folders()).map(maintain));
    return RESULTS_BY_RANK.find((result) => results.includes(result)) ?? 'not-needed';
  }

  /** What is wrong with the store's files; null when nothing is. Takes minutes for a large store. */
  async findDamage(): Promise<StoreDamage | null> {
    for (const folder of await this.parts.folders()) {
      const damage = await findDamage(folder);
      if (damage !== null) return damage;
    }
    return null;
  }

  /** The bare repository that has a commit. */
  async folderOf(commit: CommitSha): Promise<string> {
    return (await this.parts.of(commit)).gitDir;
  }

  async #readerOf(sha: string): Promise<ObjectReader> {
    return (await this.parts.of(sha)).reader;
  }

  async #commit(commit: CommitSha): Promise<CommitHeader> {
    return readCommit(await this.#readerOf(commit), commit);
  }
}
