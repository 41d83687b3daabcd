import type { CommitSha } from '../contract/ids.js';
import type { TreeEntry } from '../git/objects/tree-reader.js';
import { formatOf } from '../git/objects/object-name.js';
import type { GitStore } from '../git/store/git-store.js';
import { secretKindByContent, secretKindByPath } from '../redaction/secret-files.js';
import { untilAborted } from '../shared/async/until-aborted.js';
import { FactsCache } from './facts-cache.js';
import { NO_FACTS, type CodeSymbol, type FileFacts } from './file-facts.js';
import { languageOf } from './languages/languages.js';
import { ParserThreads, type ParsedFile } from './parser-threads.js';
import { decodeFacts, decodeLines } from './record.js';
import { TimeSlices } from './time-slices.js';
import { ownedBy, splitOwner } from './qualified-name.js';
import { hasPlainName, plainName } from './words.js';

/** What the index reads of a git store, or of a user's repository (`GitStore.reading`). */
export type CommitSource = Pick<GitStore, 'gitDir' | 'listTree' | 'changedPaths' | 'lookUp' | 'readBlob'>;

export interface FoundSymbol {
  readonly definitions: readonly (CodeSymbol & { readonly path: string })[];
  readonly references: readonly { readonly path: string; readonly line: number }[];
  /**
   * The last part of a name such as `Cart.total`, when nothing has the whole name: what was looked up instead. `owner` is
   * null when no definition of the part is known to belong to it; otherwise the definitions are those that do.
   */
  readonly instead: { readonly name: string; readonly owner: string | null } | null;
}

/** The index of one commit. */
export interface CommitCode {
  facts(signal?: AbortSignal): Promise<ReadonlyMap<string, FileFacts>>;
  file(path: string, signal?: AbortSignal): Promise<FileFacts | null>;
  find(name: string, signal?: AbortSignal): Promise<FoundSymbol>;
}

/** Bytes of the largest file that is looked into: a generated parser or an amalgamation. People write up to 3 MB. */
const MAX_PARSED_BYTES = 4 * 1024 * 1024;

/** Files of a commit that are looked into; the rest count by their paths. */
const MAX_FILES = 60_000;

/** Commits that are remembered: those that the agents of a few runs stand on. */
const MAX_COMMITS = 16;

/**
 * Bytes of the facts of a commit in memory, and of all remembered commits together, each version of a file once. Facts take
 * about 4 KB a file, so these are 60,000 ordinary files; generated ones may take 100 times as much. The files after that
 * count by their paths.
 */
const MAX_FACTS_BYTES = 250_000_000;

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

/** About how many bytes it takes in memory: a symbol's object, and a text and its count in the lists of a file. */
const SIZE = { file: 500, symbol: 100, text: 16, newText: 80 } as const;

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
  /** About how many bytes each takes in memory. */
  readonly #sizes = new WeakMap<FileFacts, number>();

  /** @param folder of the cache (`homePaths(home).codeIndex`); processes may share it */
  constructor(
    folder: string,
    private readonly limits = { factsBytes: MAX_FACTS_BYTES },
  ) {
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
    // There may have been no room for it beside the others.
    if (found !== undefined && found !== NO_FACTS) return found;
    const key = await keyAt(source, commit, path);
    if (key === null || key === undefined) return found ?? null;
    return untilAborted(this.#learnOne(source, key), signal);
  }

  /**
   * Where a name is defined and used, in the order of paths and lines. A name with its owner (`Cart.total`) counts as its
   * last part.
   */
  async find(
    source: CommitSource,
    commit: CommitSha,
    name: string,
    signal?: AbortSignal,
  ): Promise<FoundSymbol> {
    const indexed = await this.#indexed(source, commit, signal);
    const definitions = await definitionsOf(indexed, name, null, signal);
    const references = await this.#referencesTo(source, indexed, name, signal);
    const part = definitions.length + references.length === 0 ? splitOwner(name) : null;
    if (part === null) return { definitions, references, instead: null };
    const owned = await definitionsOf(indexed, part.name, part.owner, signal);
    const isOwned = owned.length > 0;
    return {
      definitions: isOwned ? owned : await definitionsOf(indexed, part.name, null, signal),
      references: await this.#referencesTo(source, indexed, part.name, signal),
      instead: { name: part.name, owner: isOwned ? part.owner : null },
    };
  }

  async #referencesTo(
    source: CommitSource,
    { facts, keys }: IndexedFiles,
    name: string,
    signal?: AbortSignal,
  ): Promise<FoundSymbol['references']> {
    const plain = plainName(name);
    const found: { readonly path: string; readonly line: number }[] = [];
    const slices = new TimeSlices();
    for (const [path, { references }] of facts) {
      const at = references.texts.indexOf(plain);
      const key = at < 0 ? null : keys.get(path);
      if (key !== null && key !== undefined)
        found.push(...(await this.#linesOf(source, key, at)).map((line) => ({ path, line })));
      if (found.length >= MAX_FOUND.references) break;
      await slices.pause(signal);
    }
    return found.slice(0, MAX_FOUND.references);
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
    // Commits of repositories with names of different kinds cannot be compared.
    const before = [...this.#commits.values()].findLast(
      (one) => one.gitDir === source.gitDir && formatOf(one.commit) === formatOf(commit),
    );
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
    const known = await this.#learn(source, keys.values(), this.limits.factsBytes);
    const facts = new Map<string, FileFacts>();
    for (const [path, key] of keys) put(facts, path, factsOf(known, key));
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
    const others = [...before.facts].flatMap(([path, file]) => (changes.has(path) ? [] : [file]));
    const room = this.limits.factsBytes - this.#sizeOf(others);
    const known = await this.#learn(source, changes.values(), room);
    const keys = new Map(before.keys);
    const facts = new Map(before.facts);
    for (const [path, key] of changes) {
      put(keys, path, key);
      put(facts, path, key === undefined ? undefined : factsOf(known, key));
    }
    const isSorted = changed.every((path) => before.keys.has(path));
    return isSorted ? { keys, facts } : { keys: sortedByPath(keys), facts: sortedByPath(facts) };
  }

  /**
   * Gets to know files: from memory, from the cache or, what is in neither, by parsing it.
   * @param room bytes that they may take in memory; the files after that are missing from what it returns
   */
  async #learn(
    source: CommitSource,
    keys: Iterable<string | null | undefined>,
    room: number,
  ): Promise<ReadonlyMap<string, KnownFile>> {
    const found = new Map<string, KnownFile>();
    let left = room;
    const add = (key: string, file: KnownFile): void => {
      if (left <= 0) return;
      found.set(key, file);
      left -= this.#sizeOf([file]);
    };
    const unknown = new Set<string>();
    for (const key of keys) {
      if (key === null || key === undefined || found.has(key)) continue;
      const known = this.#known.get(key);
      if (known === undefined) unknown.add(key);
      else add(key, known);
    }
    if (unknown.size === 0) return found;
    this.#cache.refresh();
    const slices = new TimeSlices();
    for (const key of unknown) {
      if (left <= 0) break;
      const file = this.#decode(this.#cache.facts(key));
      if (file !== undefined) {
        add(key, file);
        unknown.delete(key);
      }
      await slices.pause();
    }
    if (left > 0)
      await Promise.all([...unknown].map(async (key) => add(key, await this.#parseOnce(source, key))));
    return this.#remember(found);
  }

  #remember(files: ReadonlyMap<string, KnownFile>): ReadonlyMap<string, KnownFile> {
    for (const [key, file] of files) this.#known.set(key, file);
    return files;
  }

  /** As `#learn`, of one file, which is not remembered. */
  async #learnOne(source: CommitSource, key: string): Promise<KnownFile> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#cache.refresh();
    const kept = this.#decode(this.#cache.facts(key));
    return kept === undefined ? this.#parseOnce(source, key) : kept;
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
      let newBytes = 0;
      const facts = decodeFacts(bytes, (text) => {
        const known = this.#texts.get(text);
        if (known === undefined) newBytes += SIZE.newText + text.length;
        return known ?? this.#keepText(text);
      });
      this.#sizes.set(facts, newBytes + sizeOfLists(facts));
      return facts;
    } catch {
      return undefined;
    }
  }

  #keepText(text: string): string {
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  /** The lines of the reference at a place of a file's references. */
  async #linesOf(source: CommitSource, key: string, at: number): Promise<readonly number[]> {
    const kept = this.#cache.lines(key);
    try {
      if (kept !== null) return decodeLines(kept, at);
    } catch {
      // Damaged: as if it were missing.
    }
    const file = await this.#parse(source, key);
    return file === null ? [] : decodeLines(file.lines, at);
  }

  /** Forgets the commits that were not used for the longest time, and the files that only these have. */
  #forget(): void {
    if (this.#commits.size <= MAX_COMMITS && this.#sizeOf(this.#known.values()) <= this.limits.factsBytes)
      return;
    const kept = new Map<string, KnownFile>();
    let left = this.limits.factsBytes;
    for (const [index, { commit, keys }] of [...this.#commits.values()].reverse().entries()) {
      const more = new Map<string, KnownFile>();
      for (const key of keys.values()) {
        const known = key === null || kept.has(key) ? undefined : this.#known.get(key);
        if (key !== null && known !== undefined) more.set(key, known);
      }
      left -= this.#sizeOf(more.values());
      if (index >= MAX_COMMITS || (index > 0 && left < 0)) this.#commits.delete(commit);
      else for (const [key, file] of more) kept.set(key, file);
    }
    this.#known = kept;
  }

  /** About how many bytes files take in memory, those with the same facts once. */
  #sizeOf(files: Iterable<KnownFile>): number {
    let bytes = 0;
    for (const file of new Set(files)) bytes += file === null ? 0 : (this.#sizes.get(file) ?? 0);
    return bytes;
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

/** The first definitions of a name. @param owner null for those of any */
async function definitionsOf(
  { facts }: IndexedFiles,
  name: string,
  owner: string | null,
  signal?: AbortSignal,
): Promise<FoundSymbol['definitions']> {
  const plain = plainName(name);
  const found: (CodeSymbol & { readonly path: string })[] = [];
  const slices = new TimeSlices();
  for (const [path, { symbols }] of facts) {
    const named = symbols.filter((symbol) => hasPlainName(symbol, plain));
    const own = owner === null ? named : ownedBy(symbols, named, { owner, name });
    found.push(...own.map((symbol) => ({ path, ...symbol })));
    if (found.length >= MAX_FOUND.definitions) break;
    await slices.pause(signal);
  }
  return found.slice(0, MAX_FOUND.definitions);
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

/** The facts of a file: those of a path alone when it is not looked into or there was no room; undefined for a secret. */
function factsOf(known: ReadonlyMap<string, KnownFile>, key: string | null): FileFacts | undefined {
  const file = key === null ? undefined : known.get(key);
  return file === undefined ? NO_FACTS : (file ?? undefined);
}

/** About how many bytes the lists of a file take in memory, without texts that other files have too. */
function sizeOfLists({ symbols, references, words }: FileFacts): number {
  const signatures = symbols.reduce((sum, { signature }) => sum + signature.length, 0);
  const texts = references.texts.length + words.texts.length;
  return SIZE.file + SIZE.symbol * symbols.length + signatures + SIZE.text * texts;
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
