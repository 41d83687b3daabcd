import { z } from 'zod';
import type { SearchMatch } from '../../git/store/search.js';
import { MAX_TEXT } from '../../git/store/search.js';
import type { ShownFiles } from '../shown-files.js';
import { filterByGlob } from './filter-by-glob.js';
import { answer, failure, linesOf, takeLines } from './read-result.js';
import { defineTool } from './tool.js';

/** Enough to see where something is used; a narrower pattern finds the rest. */
const MATCHES = 100;

/** Characters. Code is found by less, and a process cannot be started with an argument of 128 KiB. */
const MAX_PATTERN = 4_000;

/** With more lines around a match, reading the file costs less. */
const MAX_CONTEXT = 10;

export const search = defineTool({
  name: 'search',
  description:
    'Finds lines that match a pattern, as path:number: text. With context, the lines around a match are shown as path-number- text.',
  schema: z.strictObject({
    pattern: z
      .string()
      .min(1)
      .max(MAX_PATTERN)
      .describe('A regular expression (Perl-compatible), matched line by line'),
    glob: z.string().min(1).optional().describe('Only in files that match, such as src/**/*.ts'),
    context: z
      .int()
      .min(0)
      .max(MAX_CONTEXT)
      .optional()
      .describe('Lines before and after each match, 0 when left out'),
  }),
  effect: 'read',
  run: async ({ pattern, glob, context = 0 }, { files, signal }) => {
    const found = await files.search({ pattern, regex: true, glob, limit: MATCHES }, signal);
    if (found.kind === 'invalid') return failure(`the pattern is not valid: ${found.reason}`);
    if (found.matches.length === 0) return answer(await whyNothing(files, pattern, glob), []);
    const blocks = await Promise.all(
      groupByPath(found.matches).map((matches) => linesAround(files, matches, context)),
    );
    const { text, rest } = takeLines(
      context === 0 ? blocks.flat() : blocks.flatMap((block) => [...block, '--']),
    );
    const more = found.more || rest > 0 ? '\n… and more; narrow the pattern' : '';
    return answer(text + more, [...new Set(found.matches.map((match) => match.path))]);
  },
  label: ({ pattern, glob }) => (glob === undefined ? pattern : `${pattern} in ${glob}`),
});

/** A line break, written in the pattern: no match has one. */
const LINE_BREAK = /(?<!\\)(?:\\\\)*\\[nr]/;

/** The result when no line matches, which does not always mean that the text is nowhere. */
async function whyNothing(files: ShownFiles, pattern: string, glob: string | undefined): Promise<string> {
  // Git's globs match the same paths, and those below them.
  if (glob !== undefined) {
    const all = await files.list();
    const matches = [glob, `${glob}/**`].map((each) => filterByGlob(all, each));
    const noFile = matches.every((found) => typeof found !== 'string' && found.length === 0);
    if (noFile) return 'nothing was searched: no file matches the glob';
  }
  return LINE_BREAK.test(pattern)
    ? 'nothing matches: a match is within one line, so search for a part of one and use context'
    : 'nothing matches';
}

function groupByPath(matches: readonly SearchMatch[]): SearchMatch[][] {
  const groups = new Map<string, SearchMatch[]>();
  for (const match of matches) groups.set(match.path, [...(groups.get(match.path) ?? []), match]);
  return [...groups.values()];
}

/** The matches in one file with the lines around them. Windows that do not touch have `--` between them. */
async function linesAround(
  files: ShownFiles,
  matches: readonly SearchMatch[],
  context: number,
): Promise<string[]> {
  const plain = matches.map(({ path, line, text }) => `${path}:${line}: ${text}`);
  const [first] = matches;
  if (context === 0 || first === undefined) return plain;
  const file = await files.read(first.path);
  if (file.kind !== 'text') return plain;
  const lines = linesOf(file.text);
  const matching = new Set(matches.map(({ line }) => line));
  const shown = new Set<number>();
  for (const { line } of matches) {
    for (let at = Math.max(1, line - context); at <= Math.min(lines.length, line + context); at++)
      shown.add(at);
  }
  return [...shown]
    .sort((a, b) => a - b)
    .flatMap((at, index) => {
      const mark = matching.has(at) ? ':' : '-';
      const text = `${first.path}${mark}${at}${mark} ${cut(lines[at - 1]) ?? ''}`;
      return index === 0 || shown.has(at - 1) ? [text] : ['--', text];
    });
}

function cut(line: string | undefined): string | undefined {
  return line?.slice(0, MAX_TEXT);
}
