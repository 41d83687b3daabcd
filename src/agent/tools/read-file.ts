import { z } from 'zod';
import { knownLines } from '../changes/known-contents.js';
import { pathInput } from './path-input.js';
import { answer, failure, linesOf, numberLines } from './read-result.js';
import { readTextFile } from './read-text-file.js';
import { defineTool } from './tool.js';

export const readFile = defineTool({
  name: 'read_file',
  description:
    'Reads a file, whole or some of its lines. Each line is shown as its number, a tab and its text; number and tab are not part of the file. A long file is shown in parts: the last line says where to read on.',
  schema: z.strictObject({
    path: pathInput,
    first_line: z.int().positive().optional().describe('From this line, 1 when left out'),
    last_line: z.int().positive().optional().describe('To this line, the last when left out'),
  }),
  effect: 'read',
  run: async ({ path, first_line: first = 1, last_line: last = Number.POSITIVE_INFINITY }, { files }) => {
    const file = await readTextFile(files, path);
    if ('result' in file) return file.result;
    const lines = linesOf(file.text);
    if (lines.length === 0) return answer('(empty)', [path], [file.blob]);
    if (first > lines.length || first > last) return failure(`${path} has the lines 1 to ${lines.length}`);
    const shown = numberLines(lines, first, Math.min(last, lines.length));
    const known = shown.last === null ? [] : [knownLines(file.blob, first, shown.last, lines.length)];
    return answer(shown.text, [path], known);
  },
  label: ({ path, first_line: first, last_line: last }) =>
    first === undefined && last === undefined ? path : `${path}, lines ${first ?? 1} to ${last ?? 'the end'}`,
});
