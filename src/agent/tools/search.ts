import { z } from 'zod';
import { answer, failure } from './read-result.js';
import { defineTool } from './tool.js';

/** Enough to see where something is used; a narrower pattern finds the rest. */
const MATCHES = 100;

export const search = defineTool({
  name: 'search',
  description: 'Finds lines that match a pattern, with the path and number of each.',
  schema: z.strictObject({
    pattern: z.string().min(1).describe('A regular expression (Perl-compatible), matched line by line'),
    glob: z.string().min(1).optional().describe('Only in files that match, such as src/**/*.ts'),
  }),
  effect: 'read',
  run: async ({ pattern, glob }, { files, signal }) => {
    const found = await files.search({ pattern, regex: true, glob, limit: MATCHES }, signal);
    if (found.kind === 'invalid') return failure(`the pattern is not valid: ${found.reason}`);
    if (found.matches.length === 0) return answer('nothing matches', []);
    const text = found.matches.map((match) => `${match.path}:${match.line}: ${match.text}`).join('\n');
    const more = found.more ? `\n… and more; narrow the pattern` : '';
    return answer(text + more, [...new Set(found.matches.map((match) => match.path))]);
  },
  label: ({ pattern, glob }) => (glob === undefined ? pattern : `${pattern} in ${glob}`),
});
