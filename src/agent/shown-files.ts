/** What of a commit a model is shown: no file that looks like a secret, and no secret in the others. */
import type { GitStore } from '../git/store/git-store.js';
import type { SearchMatch, SearchQuery, SearchResult } from '../git/store/search.js';
import type { CommitSha } from '../contract/ids.js';
import type { Masker } from '../redaction/redactor.js';
import { secretByPath, secretFile } from '../redaction/secret-files.js';
import { isText, tooLarge } from './text-file.js';

/** What of a store is read for a model. */
export type CommitReader = Pick<GitStore, 'listTree' | 'readFile' | 'search'>;

/** A file, as far as a model is shown it. */
export type ShownFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: number }
  | { readonly kind: 'missing' }
  /** It looks like a secret: `why` says like which. */
  | { readonly kind: 'withheld'; readonly why: string }
  | { readonly kind: 'too-large'; readonly why: string };

/** Files longer than this are searched line by line, without a look at what stands around a line. */
const WHOLE_BYTES = 1024 * 1024;

/** One commit, as a model may see it. */
export class ShownFiles {
  constructor(
    private readonly store: CommitReader,
    private readonly commit: CommitSha,
    private readonly masker: Masker,
  ) {}

  /** All paths, and those of them whose files are not shown. */
  async list(): Promise<{ readonly path: string; readonly withheld: boolean }[]> {
    const entries = await this.store.listTree(this.commit);
    return entries.map(({ path }) => ({ path, withheld: secretByPath(path) !== null }));
  }

  async read(path: string): Promise<ShownFile> {
    const bytes = await this.store.readFile(this.commit, path).catch(tooLarge);
    if (typeof bytes === 'string') return { kind: 'too-large', why: bytes };
    if (bytes === null) return { kind: 'missing' };
    const why = secretFile(path, bytes);
    if (why !== null) return { kind: 'withheld', why };
    if (!isText(bytes)) return { kind: 'binary', bytes: bytes.length };
    return { kind: 'text', text: this.masker.mask(bytes.toString()) };
  }

  /**
   * Lines that match. One with a secret in it is none, nor is any of a file that is not shown: whether such a line
   * matches would tell, pattern by pattern, what it holds.
   */
  search(query: Omit<SearchQuery, 'keep'>, signal?: AbortSignal): Promise<SearchResult> {
    const files = new Map<string, Promise<Plain>>();
    const keep = async (match: SearchMatch): Promise<boolean> => {
      if (secretByPath(match.path) !== null) return false;
      const plain = files.get(match.path) ?? this.#plainLines(match.path);
      files.set(match.path, plain);
      return (await plain)(match);
    };
    return this.store.search(this.commit, { ...query, keep }, signal);
  }

  /** Says of a file's lines which of them hold no secret. */
  async #plainLines(path: string): Promise<Plain> {
    const bytes = await this.store.readFile(this.commit, path).catch(tooLarge);
    if (bytes === null || typeof bytes === 'string' || bytes.length > WHOLE_BYTES) {
      return ({ text }) => this.masker.find(text).length === 0;
    }
    if (secretFile(path, bytes) !== null) return () => false;
    const secret = linesOf(bytes.toString(), this.masker);
    return ({ line }) => !secret.has(line);
  }
}

type Plain = (match: SearchMatch) => boolean;

/** The numbers of the lines that hold a secret, or a part of one. */
function linesOf(text: string, masker: Masker): ReadonlySet<number> {
  const lines = new Set<number>();
  let line = 1;
  let at = 0;
  for (const { start, end } of masker.find(text)) {
    line += breaksIn(text.slice(at, start));
    const more = breaksIn(text.slice(start, end));
    for (let each = line; each <= line + more; each++) lines.add(each);
    line += more;
    at = end;
  }
  return lines;
}

function breaksIn(text: string): number {
  return text.split('\n').length - 1;
}
