/** The tools that only look: what they answer, read from a commit's objects. */
import type { ToolAnswer } from './prompt.js';
import type { ShownFiles } from './shown-files.js';
import type { ToolCall } from './tools.js';

/** A look's answer, and the files it showed: they become part of the task's read set. */
export interface Look extends ToolAnswer {
  readonly shown: readonly string[];
}

export type ReadingCall = Extract<ToolCall, { name: 'list_files' | 'read_file' | 'search' }>;

/** About 15,000 tokens: a long source file whole, a generated one in parts. */
const FILE_CHARS = 60_000;
/** More paths than this say less than a folder's name does. */
const PATHS = 1_000;
/** Enough to see where a thing is used; a narrower pattern finds the rest. */
const MATCHES = 100;

/** Answers a call from a commit; the same commit always gives the same answer. */
export async function look(files: ShownFiles, call: ReadingCall, signal?: AbortSignal): Promise<Look> {
  switch (call.name) {
    case 'list_files':
      return listFiles(files, call.input.path);
    case 'read_file':
      return readFile(files, call.input);
    case 'search':
      return search(files, call.input, signal);
  }
}

async function listFiles(files: ShownFiles, folder: string | undefined): Promise<Look> {
  const prefix =
    folder === undefined || folder === '' || folder === '.' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const listed = (await files.list()).filter(({ path }) => path.startsWith(prefix));
  if (listed.length === 0 && prefix === '') return answered('(no files yet)', []);
  if (listed.length === 0) return failed(`there is no folder ${JSON.stringify(folder ?? '')}`);
  const rest = listed.length - PATHS;
  const lines = listed
    .slice(0, PATHS)
    .map(({ path, withheld }) => (withheld ? `${path} ${NOT_SHOWN}` : path));
  return answered(lines.join('\n') + (rest > 0 ? `\n… and ${rest} more; list a folder` : ''), []);
}

/** Beside the name of a file that neither read_file nor search looks into. */
const NOT_SHOWN = '(looks like a secret: not shown)';

async function readFile(
  files: ShownFiles,
  {
    path,
    first_line: first = 1,
    last_line: last = Number.POSITIVE_INFINITY,
  }: Extract<ReadingCall, { name: 'read_file' }>['input'],
): Promise<Look> {
  const file = await files.read(path);
  switch (file.kind) {
    case 'too-large':
      return failed(file.why);
    case 'missing':
      return failed(`there is no file ${JSON.stringify(path)}`);
    case 'withheld':
      return failed(withheld(path, file.why));
    case 'binary':
      return answered(`${path} is not text (${file.bytes} bytes)`, [path]);
    case 'text': {
      const all = file.text.split('\n');
      if (first > all.length || first > last) return failed(`${path} has the lines 1 to ${all.length}`);
      return answered(cut(all.slice(first - 1, last).join('\n')), [path]);
    }
  }
}

/** Why a file is not shown. */
export function withheld(path: string, why: string): string {
  return `${JSON.stringify(path)} looks like ${why}; secrets are not shown. If the task needs one, ask a person`;
}

function cut(text: string): string {
  if (text.length <= FILE_CHARS) return text === '' ? '(empty)' : text;
  return `${text.slice(0, FILE_CHARS)}\n… cut after ${FILE_CHARS} of ${text.length} characters; read the rest by lines`;
}

async function search(
  files: ShownFiles,
  { pattern, glob }: Extract<ReadingCall, { name: 'search' }>['input'],
  signal: AbortSignal | undefined,
): Promise<Look> {
  const found = await files.search({ pattern, regex: true, glob, limit: MATCHES }, signal);
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
