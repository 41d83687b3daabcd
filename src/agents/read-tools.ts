/** The tools that only look: what they answer, read from a commit's objects. */
import type { CommitSha } from '../ids.js';
import type { GitStore } from '../git/store.js';
import { isText, tooLarge } from './text-file.js';
import type { ToolAnswer } from './prompt.js';
import type { ToolCall } from './tools.js';

/** A look's answer, and the files it showed: they become part of the task's read set. */
export interface Look extends ToolAnswer {
  readonly shown: readonly string[];
}

export type ReadingCall = Extract<ToolCall, { name: 'list_files' | 'read_file' | 'search' }>;

/** What of a store the tools read. */
export type CommitReader = Pick<GitStore, 'listTree' | 'readFile' | 'search'>;

/** About 15,000 tokens: a long source file whole, a generated one in parts. */
const FILE_CHARS = 60_000;
/** More paths than this say less than a folder's name does. */
const PATHS = 1_000;
/** Enough to see where a thing is used; a narrower pattern finds the rest. */
const MATCHES = 100;

/** Answers a call from a commit; the same commit always gives the same answer. */
export async function look(
  store: CommitReader,
  commit: CommitSha,
  call: ReadingCall,
  signal?: AbortSignal,
): Promise<Look> {
  switch (call.name) {
    case 'list_files':
      return listFiles(store, commit, call.input.path);
    case 'read_file':
      return readFile(store, commit, call.input);
    case 'search':
      return search(store, commit, call.input, signal);
  }
}

async function listFiles(store: CommitReader, commit: CommitSha, folder: string | undefined): Promise<Look> {
  const prefix =
    folder === undefined || folder === '' || folder === '.' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const paths = (await store.listTree(commit))
    .map((entry) => entry.path)
    .filter((path) => path.startsWith(prefix));
  if (paths.length === 0 && prefix === '') return answered('(no files yet)', []);
  if (paths.length === 0) return failed(`there is no folder ${JSON.stringify(folder ?? '')}`);
  const rest = paths.length - PATHS;
  return answered(
    paths.slice(0, PATHS).join('\n') + (rest > 0 ? `\n… and ${rest} more; list a folder` : ''),
    [],
  );
}

async function readFile(
  store: CommitReader,
  commit: CommitSha,
  {
    path,
    first_line: first = 1,
    last_line: last = Number.POSITIVE_INFINITY,
  }: Extract<ReadingCall, { name: 'read_file' }>['input'],
): Promise<Look> {
  const bytes = await store.readFile(commit, path).catch(tooLarge);
  if (typeof bytes === 'string') return failed(bytes);
  if (bytes === null) return failed(`there is no file ${JSON.stringify(path)}`);
  if (!isText(bytes)) return answered(`${path} is not text (${bytes.length} bytes)`, [path]);
  const text = bytes.toString();
  const all = text.split('\n');
  if (first > all.length || first > last) return failed(`${path} has the lines 1 to ${all.length}`);
  const wanted = all.slice(first - 1, last).join('\n');
  return answered(cut(wanted), [path]);
}

function cut(text: string): string {
  if (text.length <= FILE_CHARS) return text === '' ? '(empty)' : text;
  return `${text.slice(0, FILE_CHARS)}\n… cut after ${FILE_CHARS} of ${text.length} characters; read the rest by lines`;
}

async function search(
  store: CommitReader,
  commit: CommitSha,
  { pattern, glob }: Extract<ReadingCall, { name: 'search' }>['input'],
  signal: AbortSignal | undefined,
): Promise<Look> {
  const found = await store.search(commit, { pattern, regex: true, glob, limit: MATCHES }, signal);
  if (found.kind === 'invalid') return failed(`the pattern is not valid: ${found.reason}`);
  if (found.matches.length === 0) return answered('nothing matches', []);
  const text = found.matches.map((match) => `${match.path}:${match.line}: ${match.text}`).join('\n');
  const more = found.more ? `\n… and more; narrow the pattern` : '';
  return answered(text + more, [...new Set(found.matches.map((match) => match.path))]);
}

/** A cut may part the halves of a character; the API takes no half. */
const HALF = /\p{Surrogate}/gu;

const answered = (text: string, shown: readonly string[]): Look => ({
  text: text.replace(HALF, '\ufffd'),
  isError: false,
  shown,
});
const failed = (problem: string): Look => ({ text: `Error: ${problem}.`, isError: true, shown: [] });
