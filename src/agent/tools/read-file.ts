import { z } from 'zod';
import { whyWithheld } from '../shown-files.js';
import { answer, failure } from './read-result.js';
import { defineTool } from './tool.js';

/** About 15,000 tokens: a long source file whole, a generated one in parts. */
const FILE_CHARS = 60_000;

export const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a file, whole or some of its lines.',
  schema: z.strictObject({
    path: z.string().min(1),
    first_line: z.int().positive().optional().describe('From this line, 1 when left out'),
    last_line: z.int().positive().optional().describe('To this line, the last when left out'),
  }),
  effect: 'read',
  run: async ({ path, first_line: first = 1, last_line: last = Number.POSITIVE_INFINITY }, { files }) => {
    const file = await files.read(path);
    switch (file.kind) {
      case 'too-large':
        return failure(file.why);
      case 'missing':
        return failure(`there is no file ${JSON.stringify(path)}`);
      case 'withheld':
        return failure(whyWithheld(path, file.why));
      case 'binary':
        return answer(`${path} is not text (${file.bytes} bytes)`, [path]);
      case 'text': {
        const all = file.text.split('\n');
        if (first > all.length || first > last) return failure(`${path} has the lines 1 to ${all.length}`);
        return answer(cut(all.slice(first - 1, last).join('\n')), [path]);
      }
    }
  },
  label: ({ path, first_line: first, last_line: last }) =>
    first === undefined && last === undefined ? path : `${path}, lines ${first ?? 1} to ${last ?? 'the end'}`,
});

function cut(text: string): string {
  if (text.length <= FILE_CHARS) return text === '' ? '(empty)' : text;
  return `${text.slice(0, FILE_CHARS)}\n… cut after ${FILE_CHARS} of ${text.length} characters; read the rest by lines`;
}
