/** Read access to one commit for the model. Secret files are hidden, and secrets in other files are redacted. */
import type { GitStore } from '../git/store/git-store.js';
import type { SearchMatch, SearchQuery, SearchResult } from '../git/store/search.js';
import { BIG_FILE_BYTES } from '../git/process/git-limits.js';
import { linkedPath } from '../git/objects/tree-path.js';
import type { CommitSha } from '../contract/ids.js';
import type { Redactor } from '../redaction/redactor.js';
import { secretKindByPath, secretFileKind } from '../redaction/secret-files.js';
import { decodeText, tooLarge } from './changes/text-file.js';

/** The part of the store that reads. */
export type CommitReader = Pick<GitStore, 'listTree' | 'lookUp' | 'readBlob' | 'readFile' | 'search'>;

/** A file as the model may see it. */
export type ShownFile =
  /** `blob`: git's name of its content. */
  | { readonly kind: 'text'; readonly text: string; readonly blob: string }
  | { readonly kind: 'binary'; readonly bytes: number }
  | { readonly kind: 'missing' }
  /** A symbolic link: its text, and the file that it leads to; null when that is no file of the commit. */
  | { readonly kind: 'link'; readonly target: string; readonly file: string | null }
  /** A secret file: `why` names the kind of secret. */
  | { readonly kind: 'withheld'; readonly why: string }
  | { readonly kind: 'too-large'; readonly why: string };

/** Why the model does not see a secret file, for the model. */
export function whyWithheld(path: string, why: string): string {
  return `${JSON.stringify(path)} looks like ${why}; secrets are not shown. If the task needs one, ask a person`;
}

/** What a symbolic link is instead of a file, for the model: a sentence without its full stop. */
export function describeLink(path: string, { target, file }: Omit<LinkedFile, 'kind'>): string {
  const to = `${JSON.stringify(path)} is a symbolic link to ${JSON.stringify(target)}`;
  return file === null ? `${to}, which is no file of the repository` : `${to}; read ${JSON.stringify(file)}`;
}

type LinkedFile = Extract<ShownFile, { readonly kind: 'link' }>;

/** Characters of a link's text that are shown. A real one is a path. */
const TARGET_CHARS = 1_000;

/** One commit as the model may see it. */
export class ShownFiles {
  constructor(
    private readonly store: CommitReader,
    private readonly commit: CommitSha,
    private readonly redactor: Redactor,
  ) {}

  /** All paths; `withheld` marks secret files. A path may hold a secret: show it through `redact`. */
  async list(): Promise<{ readonly path: string; readonly withheld: boolean }[]> {
    const entries = await this.store.listTree(this.commit);
    return entries.map(({ path }) => ({ path, withheld: secretKindByPath(path) !== null }));
  }

  redact(text: string): string {
    return this.redactor.redact(text);
  }

  async read(path: string): Promise<ShownFile> {
    const found = await this.store.lookUp(this.commit, path);
    if (found.kind !== 'file' && found.kind !== 'symlink') return { kind: 'missing' };
    const bytes = await this.store.readBlob(found.sha).catch(tooLarge);
    if (typeof bytes === 'string') return { kind: 'too-large', why: bytes };
    if (bytes === null) return { kind: 'missing' };
    if (found.kind === 'symlink') return this.#readLink(path, bytes.toString());
    const why = secretFileKind(path, bytes);
    if (why !== null) return { kind: 'withheld', why };
    if (bytes.length > BIG_FILE_BYTES)
      return {
        kind: 'too-large',
        why: `${JSON.stringify(path)} is too large to show (${bytes.length} bytes)`,
      };
    const file = decodeText(bytes);
    if (file === null) return { kind: 'binary', bytes: bytes.length };
    return { kind: 'text', text: this.redactor.redact(file.text), blob: found.sha };
  }

  async #readLink(path: string, target: string): Promise<LinkedFile> {
    const file = linkedPath(path, target);
    const isFile = file !== null && (await this.store.lookUp(this.commit, file)).kind === 'file';
    const shown = this.redactor.redact(target).slice(0, TARGET_CHARS).toWellFormed();
    return { kind: 'link', target: shown, file: isFile ? file : null };
  }

  /**
   * Searches lines, except those that hold a secret and those of secret files: otherwise the model could guess a secret
   * pattern by pattern.
   */
  search(query: Omit<SearchQuery, 'keep'>, signal?: AbortSignal): Promise<SearchResult> {
    const files = new Map<string, Promise<Plain>>();
    const keep = async (match: SearchMatch): Promise<boolean> => {
      if (secretKindByPath(match.path) !== null || this.redactor.find(match.path).length > 0) return false;
      const plain = files.get(match.path) ?? this.#plainLines(match.path);
      files.set(match.path, plain);
      return (await plain)(match);
    };
    return this.store.search(this.commit, { ...query, keep }, signal);
  }

  /**
   * Creates a predicate for matches in the file: true for lines without a secret. Always of the whole file: a match has only
   * the beginning of a long line, and one line of a private key does not look like a secret.
   */
  async #plainLines(path: string): Promise<Plain> {
    // Larger files are not searched.
    const bytes = await this.store.readFile(this.commit, path).catch(tooLarge);
    if (bytes === null || typeof bytes === 'string') return () => false;
    if (secretFileKind(path, bytes) !== null) return () => false;
    const secret = linesOf(bytes.toString(), this.redactor);
    return ({ line }) => !secret.has(line);
  }
}

type Plain = (match: SearchMatch) => boolean;

/** The numbers of the lines that hold a secret or a part of one. */
function linesOf(text: string, redactor: Redactor): ReadonlySet<number> {
  const lines = new Set<number>();
  let line = 1;
  let at = 0;
  for (const { start, end } of redactor.find(text)) {
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
