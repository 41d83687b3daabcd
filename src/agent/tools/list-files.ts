import { z } from 'zod';
import { spellingFault } from '../../git/objects/tree-path.js';
import { folderInput } from './path-input.js';
import { filterByGlob } from './filter-by-glob.js';
import { foldPaths } from './fold-paths.js';
import { count } from '../../shared/words/format.js';
import { answer, failure, takeLines } from './read-result.js';
import { defineTool } from './tool.js';

/** Follows the path of a file whose content no tool shows. */
const NOT_SHOWN = ' (looks like a secret: not shown)';

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists the files of the repository, of one folder of it, or those that match a glob. Of a large tree, some folders are shown with the number of their files only: list them to see more.',
  schema: z.strictObject({
    path: folderInput.optional().describe('A folder; the whole repository when left out'),
    glob: z.string().min(1).optional().describe('Only files that match, such as src/**/*.ts or *.md'),
  }),
  effect: 'read',
  run: async ({ path = '', glob }, { files }) => {
    const folder = plainFolder(path);
    const prefix = folder === '' ? '' : `${folder}/`;
    const all = await files.list();
    const inFolder = all.filter((file) => file.path.startsWith(prefix));
    if (inFolder.length === 0 && prefix !== '') return failure(whyNoFolder(folder, all));
    const listed = glob === undefined ? inFolder : filterByGlob(inFolder, glob);
    if (typeof listed === 'string') return failure(`the glob is not valid: ${listed}`);
    if (listed.length === 0) return answer(all.length === 0 ? '(no files yet)' : 'nothing matches', []);
    const lines = foldPaths(listed, prefix, (file) => (file.withheld ? file.path + NOT_SHOWN : file.path));
    const { text, rest } = takeLines(lines);
    const shown = files.redact(text);
    return answer(
      rest === 0 ? shown : `${shown}\n… and ${count(rest, 'more line')}; list a folder or use a glob`,
      [],
    );
  },
  label: ({ path = '', glob }) => [path, ...(glob === undefined ? [] : [glob])].filter(Boolean).join(' '),
});

/** A folder without the `./` and the final slashes that commands allow. '' is the root, also when it is written as `/`. */
function plainFolder(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '').replace(/\/+$|^\.$/, '');
}

function whyNoFolder(folder: string, all: readonly { readonly path: string }[]): string {
  const quoted = JSON.stringify(folder);
  if (all.some(({ path }) => path === folder)) return `${quoted} is a file, not a folder: read_file shows it`;
  const fault = spellingFault(folder);
  return fault === null ? `there is no folder ${quoted}` : `${quoted} ${fault}`;
}
