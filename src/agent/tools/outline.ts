import { z } from 'zod';
import { languageOf } from '../../codebase/languages/languages.js';
import { pathInput } from './path-input.js';
import { answer, linesOf, takeLines } from './read-result.js';
import { readTextFile } from './read-text-file.js';
import { outlineLines } from './symbol-line.js';
import { defineTool } from './tool.js';

export const outline = defineTool({
  name: 'outline',
  description:
    'Lists what a source file defines: functions, classes, methods, types and constants, each with its first and last line. Shorter than the file itself: read the lines that matter with read_file.',
  schema: z.strictObject({ path: pathInput }),
  effect: 'read',
  run: async ({ path }, { files, code, signal }) => {
    const file = await readTextFile(files, path);
    if ('result' in file) return file.result;
    const facts = await code.file(path, signal);
    const symbols = facts?.symbols ?? [];
    if (facts === null || facts.language === null) return answer(whyNoOutline(path), [path]);
    if (symbols.length === 0) return answer(`${path} defines nothing`, [path]);
    const lines = linesOf(file.text);
    const { text, rest } = takeLines(outlineLines(lines, symbols));
    const shown = files.redact(text);
    return answer(rest === 0 ? shown : `${shown}\n… and ${rest} more; read on with read_file`, [path]);
  },
  label: ({ path }) => path,
});

function whyNoOutline(path: string): string {
  const why =
    languageOf(path) === null
      ? 'it is in no language that is parsed'
      : 'it could not be parsed. Use read_file';
  return `there is no outline of ${path}: ${why}`;
}
