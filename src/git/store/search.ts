import { messageOf } from '../../contract/errors.js';
import type { CommitSha } from '../../contract/ids.js';
import { exitError, startGit } from '../process/git-process.js';
import { BIG_FILE_BYTES, TIME_LIMIT } from '../process/git-limits.js';
import { pathBytes, pathText } from '../objects/path-bytes.js';
import { spellingFault } from '../objects/tree-path.js';
import type { ObjectReader } from '../objects/object-reader.js';
import { listFiles } from '../objects/small-tree.js';
import { alternatives, GlobError } from '../../plan/glob.js';

export interface SearchQuery {
  /** One line of text, or a Perl-compatible regular expression. */
  readonly pattern: string;
  readonly regex?: boolean | undefined;
  /** `*` matches within a folder, `**` across folders, `{a,b}` either. A glob without a slash matches in every folder. */
  readonly glob?: string | undefined;
  /** Maximum number of matches. */
  readonly limit: number;
  /** A filter: a match for which it resolves to false is dropped and does not count. */
  readonly keep?: ((match: SearchMatch) => Promise<boolean>) | undefined;
}

export interface SearchMatch {
  readonly path: string;
  /** Line number, from 1. */
  readonly line: number;
  /** The text of the line, truncated to MAX_TEXT characters. */
  readonly text: string;
}

export type SearchResult =
  | { readonly kind: 'found'; readonly matches: readonly SearchMatch[]; readonly more: boolean }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Characters of a matching line that are returned: minified files have lines of megabytes. */
export const MAX_TEXT = 500;
/** Bytes of one line that are buffered. At a longer line the search stops and reports more matches. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Bytes of the pattern, which is one argument: with one of 128 KiB, Linux starts no process. The 4,000 characters that a
 * model may write have less in any language.
 */
const MAX_PATTERN_BYTES = 16_000;
/** Characters of the pathspecs that exclude files. Linux accepts two million for a whole command line. */
const MAX_EXCLUDED_CHARS = 1_000_000;

/** Searches the text files of a commit. An invalid pattern is a result (`invalid`), not an exception. */
export async function search(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
  query: SearchQuery,
  signal?: AbortSignal,
): Promise<SearchResult> {
  const fault = queryFault(query);
  if (fault !== null) return { kind: 'invalid', reason: fault };
  const exclusions = await excludeLargeFiles(store, commit);
  if (exclusions === null)
    return { kind: 'invalid', reason: 'there are too many large files here to search around' };
  const child = startGit({
    gitDir: store.gitDir,
    args: [
      ...['grep', '--line-number', '-z', '-I', '--no-color', '--no-textconv', '--full-name'],
      ...[query.regex === true ? '--perl-regexp' : '--fixed-strings', '-e', query.pattern, commit],
      ...[
        '--',
        ...(query.glob === undefined ? [] : expandBraces(query.glob).flatMap(pathspecs)),
        ...exclusions,
      ],
    ],
    timeLimitMs: TIME_LIMIT.tree,
    signal,
  });
  child.stdin.end();
  const { matches, more } = await readMatches(child.stdout, commit, query);
  if (more) child.kill();
  const ending = await child.ended;
  // Exit code 1: no match.
  if (more || ending.exitCode === 0 || ending.exitCode === 1) return { kind: 'found', matches, more };
  const patternFault = /^fatal: (?:-e option|command line), (?:'[^]*?': ?)?([^\n]*)$/m.exec(
    ending.stderr,
  )?.[1];
  if (/^fatal: pcre2\w* failed with error code/m.test(ending.stderr)) {
    return { kind: 'invalid', reason: 'the pattern takes too many tries to match; make it simpler' };
  }
  if (patternFault === undefined) throw exitError('git grep', ending);
  return { kind: 'invalid', reason: `the pattern is not a regular expression: ${patternFault}` };
}

function queryFault({ pattern, glob }: SearchQuery): string | null {
  if (pattern === '') return 'the pattern is empty';
  if (/[\0\n\r]/.test(pattern)) return 'the pattern is more than one line';
  if (Buffer.byteLength(pattern) > MAX_PATTERN_BYTES)
    return `the pattern is longer than ${MAX_PATTERN_BYTES} bytes`;
  if (glob === undefined) return null;
  // The check treats stars as ordinary characters, and every path that may be written may be searched.
  const fault = spellingFault(glob.replace(/\/$/, ''));
  return fault === null ? null : `the glob ${fault}`;
}

/** Git knows no braces. Those that are no choice stand for themselves: paths of templates have such names. */
function expandBraces(glob: string): readonly string[] {
  try {
    return alternatives(glob);
  } catch (error) {
    if (error instanceof GlobError) return [glob];
    throw error;
  }
}

/**
 * Pathspecs for a glob: the paths that match it, and the contents of folders that match it. With explicit magic in
 * front, git reads no further pathspec magic in the glob.
 */
function pathspecs(glob: string): string[] {
  const path = glob.replace(/\/$/, '');
  const pattern = `:(top,glob)${path.includes('/') ? '' : '**/'}${path}`;
  return [pattern, `${pattern}/**`];
}

/**
 * Pathspecs that exclude files of BIG_FILE_BYTES or more: git loads each searched file into memory, eight at a time.
 * Null when the pathspecs do not fit on a command line.
 */
async function excludeLargeFiles(
  store: { readonly gitDir: string; readonly reader: ObjectReader },
  commit: CommitSha,
): Promise<readonly string[] | null> {
  const entries = await listFiles(store, commit);
  const big = entries.filter(({ size }) => size !== null && size >= BIG_FILE_BYTES);
  const specs = big.map(({ path }) => `:(top,exclude,glob)${bytesAsGlob(pathBytes(path))}`);
  return specs.join('').length > MAX_EXCLUDED_CHARS ? null : specs;
}

/** A glob that matches these bytes. Arguments are text, so each byte outside of ASCII becomes `?`. */
function bytesAsGlob(path: Buffer): string {
  return path
    .toString('latin1')
    .replace(/[*?[\]\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, '?');
}

async function readMatches(
  output: AsyncIterable<unknown>,
  commit: CommitSha,
  { limit, keep }: Pick<SearchQuery, 'limit' | 'keep'>,
) {
  const matches: SearchMatch[] = [];
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of output) {
      if (!Buffer.isBuffer(chunk)) continue;
      rest = Buffer.concat([rest, chunk]);
      for (let found = nextMatch(rest, commit); found !== null; found = nextMatch(rest, commit)) {
        rest = rest.subarray(found.end);
        if (keep !== undefined && !(await keep(found.match))) continue;
        if (matches.length === limit) return { matches, more: true };
        matches.push(found.match);
      }
      if (rest.length > MAX_LINE_BYTES) return { matches, more: true };
    }
  } catch (error) {
    // The pipe of a killed process; its exit reports the cause.
    if (!messageOf(error).includes('Premature close')) throw error;
  }
  return { matches, more: false };
}

/**
 * Parses the first record, `<commit>:<path>\0<line>\0<text>\n`; null while it is incomplete. The path may contain a
 * line break, the text can't.
 */
function nextMatch(output: Buffer, commit: CommitSha): { match: SearchMatch; end: number } | null {
  const pathEnd = output.indexOf(0);
  const lineEnd = pathEnd < 0 ? -1 : output.indexOf(0, pathEnd + 1);
  const end = lineEnd < 0 ? -1 : output.indexOf(0x0a, lineEnd + 1);
  if (end < 0) return null;
  const match = {
    path: pathText(output.subarray(commit.length + 1, pathEnd)),
    line: Number(output.toString('latin1', pathEnd + 1, lineEnd)),
    text: output.toString('utf8', lineEnd + 1, end).slice(0, MAX_TEXT),
  };
  return { match, end: end + 1 };
}
