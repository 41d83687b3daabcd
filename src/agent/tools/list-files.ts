import { z } from 'zod';
import { answer, failure } from './read-result.js';
import { defineTool } from './tool.js';

/** Longer lists are of little use to the model: it can list a folder instead. */
const PATHS = 1_000;

/** Follows the path of a file whose content no tool shows. */
const NOT_SHOWN = '(looks like a secret: not shown)';

export const listFiles = defineTool({
  name: 'list_files',
  description: 'Lists the files of the repository, or of one folder of it.',
  schema: z.strictObject({
    path: z.string().optional().describe('A folder; the whole repository when left out'),
  }),
  effect: 'read',
  run: async ({ path: folder = '' }, { files }) => {
    const prefix = folder === '' || folder === '.' ? '' : `${folder.replace(/\/+$/, '')}/`;
    const listed = (await files.list()).filter(({ path }) => path.startsWith(prefix));
    if (listed.length === 0 && prefix === '') return answer('(no files yet)', []);
    if (listed.length === 0) return failure(`there is no folder ${JSON.stringify(folder)}`);
    const lines = listed
      .slice(0, PATHS)
      .map(({ path, withheld }) => (withheld ? `${path} ${NOT_SHOWN}` : path));
    const rest = listed.length - PATHS;
    return answer(lines.join('\n') + (rest > 0 ? `\n… and ${rest} more; list a folder` : ''), []);
  },
  label: ({ path = '' }) => path,
});
