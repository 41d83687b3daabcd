import type { CommitSha } from '../contract/ids.js';
import type { TreeEntry } from '../git/objects/tree-reader.js';
import type { GitStore } from '../git/store/git-store.js';
import { secretKindByContent, secretKindByPath } from '../redaction/secret-files.js';
import { untilAborted } from '../shared/until-aborted.js';
import { FactsCache } from './facts-cache.js';
import { NO_FACTS, type CodeSymbol, type FileFacts } from './file-facts.js';
import { languageOf } from './languages/languages.js';
import { ParserThreads, type ParsedFile } from './parser-threads.js';
import { decodeFacts, decodeLines } from './record.js';
import { TimeSlices } from './time-slices.js';
import { plainName } from './words.js';

/** What the index reads of a git store, or of a user's repository (`GitStore.reading`). */
export type CommitSource = Pick<GitStore, 'gitDir' | 'listTree' | 'changedPaths' | 'lookUp' | 'readBlob'>;

export interface FoundSymbol {
  readonly definitions: readonly (CodeSymbol & { readonly path: string })[];
  readonly references: readonly { readonly path: string; readonly line: number }[];
}

/** The index of one commit. */
export interface CommitCode {
  facts(signal?: AbortSignal): Promise<ReadonlyMap<string, FileFacts>>;
  file(path: string, signal?: AbortSignal): Promise<FileFacts | null>;
  find(name: string, signal?: AbortSignal): Promise<FoundSymbol>;
}

/** Bytes of the largest file that is looked into: a generated parser or an amalgamation. People write up to 3 MB. */
const MAX_PARSED_BYTES = 4 * 1024 * 1024;

/** Files of a commit that are looked into; the rest count by their paths. Facts take about 4 KB a file in memory. */
const MAX_FILES = 60_000;

/** Commits that are remembered: those that the agents of a few runs stand on. */
const MAX_COMMITS = 16;

/** Files of all remembered commits together, each version once: 250 MB. */
const MAX_REMEMBERED_FILES = 60_000;

/** Changed files up to which a commit is listed by what differs from a remembered one: a file costs 0.1 ms. */
const MAX_CHANGED = 500;

/** Texts of which one copy is kept; far more are in use only when repositories change. */
const MAX_TEXTS = 1_000_000;

/** Answers of `find`: more than anybody reads. */
export const MAX_FOUND = { definitions: 500, references: 2_000 };

/** A commit's files: the key of each blob's record, null for a file that is not looked into. */
type Keys = ReadonlyMap<string, string | null>;

/** Null for a file that its content shows to be a secret. */
type KnownFile = FileFacts | null;

interface IndexedFiles {
  readonly keys: Keys;
  readonly facts: ReadonlyMap<string, FileFacts>;
}

interface IndexedCommit extends IndexedFiles {
  readonly gitDir: string;
  readonly commit: CommitSha;
}

/**
 * The index of the code: what it knows of each file of a commit. What is known of a blob is kept on disk, so no process
 * of a home parses it twice. Cheap to open: the parser's threads start when there is something to parse.
 */
export class CodeIndex {
  readonly #threads = new ParserThreads();
  readonly #cache: FactsCache;
  /** In the order of their last use. */
  readonly #commits = new Map<CommitSha, IndexedCommit>();
  readonly #indexing = new Map<CommitSha, Promise<IndexedCommit>>();
  /** The files of these commits, by key. */
  #known = new Map<string, KnownFile>();
  readonly #parsing = new Map<string, Promise<KnownFile>>();
  readonly #texts = new Map<string, string>();

  /** @param folder of the cache (`homePaths(home).codeIndex`); processes may share it */
  constructor(folder: string) {
    this.#cache = new FactsCache(folder);
  }

  /**
   * The facts of each file of a commit by its path, in the order of the paths, without files that look like secrets. A
   * file with the same bytes and ending has the same object in every commit, so what is computed from it can be kept in
   * a WeakMap. Only what was never seen before is parsed.
   */
  async facts(
    source: CommitSource,
    commit: CommitSha,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, FileFacts>> {
    return (await this.#indexed(source, commit, signal)).facts;
  }

  /** The facts of one file, without those of all others; null for none at this path, and for a secret. */
  async file(
    source: CommitSource,
    commit: CommitSha,
    path: string,
    signal?: AbortSignal,
  ): Promise<FileFacts | null> {
    const found = this.#commits.get(commit)?.facts.get(path);
    if (found !== undefined) return found;
    const key = await keyAt(source, commit, path);
    if (key === null || key === undefined) return null;
    return (await untilAborted(this.#learn(source, [key]), signal)).get(key) ?? null;
  }

  /** Where a name is defined and used, in the order of paths and lines. */
  async find(
    source: CommitSource,
    commit: CommitSha,
    name: string,
    signal?: AbortSignal,
  ): Promise<FoundSymbol> {
    const { facts, keys } = await this.#indexed(source, commit, signal);
    const plain = plainName(name);
    const definitions: (CodeSymbol & { path: string })[] = [];
    const references: { path: string; line: number }[] = [];
    for (const [path, { symbols, references: used }] of facts) {
      for (const symbol of symbols)
        if (plainName(symbol.name) === plain) definitions.push({ path, ...symbol });
      const at = used.texts.indexOf(plain);
      const key = at < 0 || references.length >= MAX_FOUND.references ? null : keys.get(path);
      if (key === null || key === undefined) continue;
      const lines = (await this.#linesOf(source, key))[at] ?? [];
      references.push(...lines.map((line) => ({ path, line })));
      signal?.throwIfAborted();
    }
    return {
      definitions: definitions.slice(0, MAX_FOUND.definitions),
      references: references.slice(0, MAX_FOUND.references),
    };
  }

  /** The index of one commit, for those that look at no other. */
  at(source: CommitSource, commit: CommitSha): CommitCode {
    return {
      facts: (signal) => this.facts(source, commit, signal),
      file: (path, signal) => this.file(source, commit, path, signal),
      find: (name, signal) => this.find(source, commit, name, signal),
    };
  }

  /** Ends the parser's threads and closes the cache. */
  async close(): Promise<void> {
    await this.#threads.close();
    this.#cache.close();
  }

  async #indexed(source: CommitSource, commit: CommitSha, signal?: AbortSignal): Promise<IndexedCommit> {
    const known = this.#commits.get(commit);
    if (known !== undefined) {
      this.#commits.delete(commit);
      this.#commits.set(commit, known);
      return known;
    }
    const indexing =
      this.#indexing.get(commit) ?? this.#index(source, commit).finally(() => this.#indexing.delete(commit));
    this.#indexing.set(commit, indexing);
    // The work goes on for others, and what it finds is kept.
    return untilAborted(indexing, signal);
  }

  async #index(source: CommitSource, commit: CommitSha): Promise<IndexedCommit> {
    const before = [...this.#commits.values()].findLast(({ gitDir }) => gitDir === source.gitDir);
    const changed = before === undefined ? null : await this.#changesSince(source, before, commit);
    const files =
      before === undefined || changed === null || changed.length > MAX_CHANGED
        ? await this.#indexAll(source, commit)
        : await this.#indexChanges(source, commit, before, changed);
    const indexed = { gitDir: source.gitDir, commit, ...files };
    this.#commits.set(commit, indexed);
    this.#forget();
    return indexed;
  }

  /** Null when the remembered commit is gone: a draft is not kept when a lost store is repaired. */
  async #changesSince(
    source: CommitSource,
    before: IndexedCommit,
    commit: CommitSha,
  ): Promise<readonly string[] | null> {
    return source.changedPaths(before.commit, commit).catch(() => {
      this.#commits.delete(before.commit);
      return null;
    });
  }

  async #indexAll(source: CommitSource, commit: CommitSha): Promise<IndexedFiles> {
    const keys = keysOfTree(await source.listTree(commit));
    const known = await this.#learn(source, keys.values());
    const facts = new Map<string, FileFacts>();
    for (const [path, key] of keys) {
      const file = key === null ? NO_FACTS : known.get(key);
      if (file !== null && file !== undefined) facts.set(path, file);
    }
    return { keys, facts };
  }

  /** Indexes a commit by what differs from another one. */
  async #indexChanges(
    source: CommitSource,
    commit: CommitSha,
    before: IndexedFiles,
    changed: readonly string[],
  ): Promise<IndexedFiles> {
    const changes = new Map<string, string | null | undefined>();
    for (const path of changed) changes.set(path, await keyAt(source, commit, path));
    const known = await this.#learn(source, changes.values());
    const keys = new Map(before.keys);
    const facts = new Map(before.facts);
    for (const [path, key] of changes) {
      const file = key === null ? NO_FACTS : known.get(key ?? '');
      put(keys, path, key);
      put(facts, path, file ?? undefined);
    }
    const isSorted = changed.every((path) => before.keys.has(path));
    return isSorted ? { keys, facts } : { keys: sortedByPath(keys), facts: sortedByPath(facts) };
  }

  /** Gets to know all files: from memory, from the cache or, what is in neither, by parsing it. */
  async #learn(
    source: CommitSource,
    keys: Iterable<string | null | undefined>,
  ): Promise<ReadonlyMap<string, KnownFile>> {
    const found = new Map<string, KnownFile>();
    const unknown = new Set<string>();
    for (const key of keys) {
      if (key === null || key === undefined) continue;
      const known = this.#known.get(key);
      if (known === undefined) unknown.add(key);
      else found.set(key, known);
    }
    if (unknown.size === 0) return found;
    this.#cache.refresh();
    const slices = new TimeSlices();
    for (const key of unknown) {
      const file = this.#decode(this.#cache.facts(key));
      if (file !== undefined) {
        found.set(key, file);
        unknown.delete(key);
      }
      await slices.pause();
    }
    await Promise.all([...unknown].map(async (key) => found.set(key, await this.#parseOnce(source, key))));
    for (const [key, file] of found) this.#known.set(key, file);
    return found;
  }

  /** Parses a file that is in no cache, once for all that ask for it at the same time. */
  #parseOnce(source: CommitSource, key: string): Promise<KnownFile> {
    const parsing =
      this.#parsing.get(key) ?? this.#parseAndKeep(source, key).finally(() => this.#parsing.delete(key));
    this.#parsing.set(key, parsing);
    return parsing;
  }

  async #parseAndKeep(source: CommitSource, key: string): Promise<KnownFile> {
    const file = await this.#parse(source, key);
    if (file === null || file.isFinal) await this.#cache.add(key, file ?? SECRET_RECORD);
    return this.#decode(file?.facts ?? SECRET_RECORD.facts) ?? null;
  }

  /** @returns null for a file that its content shows to be a secret */
  #parse(source: CommitSource, key: string): Promise<ParsedFile | null> {
    const [sha = '', language = ''] = key.split(' ');
    const read = async (): Promise<Uint8Array | null> => {
      const bytes = await source.readBlob(sha).catch(tooLarge);
      if (bytes === null || bytes.length > MAX_PARSED_BYTES) return new Uint8Array();
      return secretKindByContent(bytes) === null ? bytes : null;
    };
    return this.#threads.parse(read, language === NO_LANGUAGE ? null : language);
  }

  /** What a record says; undefined when there is none, or it is damaged. */
  #decode(bytes: Uint8Array | null): KnownFile | undefined {
    if (bytes === null) return undefined;
    if (bytes.length === 0) return null;
    try {
      return decodeFacts(bytes, (text) => this.#intern(text));
    } catch {
      return undefined;
    }
  }

  #intern(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  async #linesOf(source: CommitSource, key: string): Promise<readonly (readonly number[])[]> {
    const kept = this.#cache.lines(key);
    try {
      if (kept !== null) return decodeLines(kept);
    } catch {
      // Damaged: as if it were missing.
    }
    const file = await this.#parse(source, key);
    return file === null ? [] : decodeLines(file.lines);
  }

  /** Forgets the commits that were not used for the longest time, and the files that only these have. */
  #forget(): void {
    if (this.#commits.size <= MAX_COMMITS && this.#known.size <= MAX_REMEMBERED_FILES) return;
    const kept = new Map<string, KnownFile>();
    for (const [index, { commit, keys }] of [...this.#commits.values()].reverse().entries()) {
      if (index >= MAX_COMMITS || kept.size >= MAX_REMEMBERED_FILES) {
        this.#commits.delete(commit);
        continue;
      }
      for (const key of keys.values()) {
        const known = key === null ? undefined : this.#known.get(key);
        if (key !== null && known !== undefined) kept.set(key, known);
      }
    }
    this.#known = kept;
  }
}

/** The language's part of the key of a file without a grammar. */
const NO_LANGUAGE = 'text';

/** The record of a file that its content shows to be a secret. */
const SECRET_RECORD = { facts: new Uint8Array(), lines: new Uint8Array() };

function keyOf(sha: string, path: string): string {
  return `${sha} ${languageOf(path)?.name ?? NO_LANGUAGE}`;
}

function keysOfTree(entries: readonly TreeEntry[]): Keys {
  const keys = new Map<string, string | null>();
  for (const { path, mode, sha, size } of entries) {
    if (mode === '160000' || secretKindByPath(path) !== null) continue;
    const isRead = mode !== '120000' && (size ?? 0) <= MAX_PARSED_BYTES && keys.size < MAX_FILES;
    keys.set(path, isRead ? keyOf(sha, path) : null);
  }
  return sortedByPath(keys);
}

/** As `keysOfTree`, of one path; undefined when the index has nothing there. */
async function keyAt(
  source: CommitSource,
  commit: CommitSha,
  path: string,
): Promise<string | null | undefined> {
  if (secretKindByPath(path) !== null) return undefined;
  const found = await source.lookUp(commit, path);
  if (found.kind === 'file') return keyOf(found.sha, path);
  return found.kind === 'symlink' ? null : undefined;
}

function put<Value>(map: Map<string, Value>, path: string, value: Value | undefined): void {
  if (value === undefined) map.delete(path);
  else map.set(path, value);
}

/** In one order, however the commit was listed. */
function sortedByPath<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A blob that git reads in one piece would take too much memory; it counts as one without text. */
function tooLarge(error: unknown): null {
  if (error instanceof RangeError) return null;
  throw error;
}
