import { z } from 'zod';
import { answer, failure, linesOf, numberLines } from './read-result.js';
import { defineTool } from './tool.js';

export const readOutput = defineTool({
  name: 'read_output',
  description:
    'Reads the whole output of a command or a test of this task, by the id that its result names, with line numbers as in read_file.',
  schema: z.strictObject({
    id: z.string().min(1),
    first_line: z.int().positive().optional().describe('From this line, 1 when left out'),
    last_line: z.int().positive().optional().describe('To this line, the last when left out'),
  }),
  effect: 'read',
  run: async ({ id, first_line: first = 1, last_line: last = Number.POSITIVE_INFINITY }, { outputOf }) => {
    const output = await outputOf(id);
    if (output === null) return failure(`this task has no output ${JSON.stringify(id)}`);
    const lines = linesOf(output);
    if (lines.length === 0) return answer('(empty)', []);
    if (first > lines.length || first > last) return failure(`${id} has the lines 1 to ${lines.length}`);
    return answer(numberLines(lines, first, Math.min(last, lines.length)).text, []);
  },
  label: ({ id, first_line: first, last_line: last }) =>
    first === undefined && last === undefined ? id : `${id}, lines ${first ?? 1} to ${last ?? 'the end'}`,
});
