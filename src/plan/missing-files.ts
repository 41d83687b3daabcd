import { foldersAbove } from '../shared/files/folders-above.js';
import { didYouMean } from './did-you-mean.js';
import { compileGlob, globProblem } from './glob.js';
import type { PlanTask } from './plan-schema.js';

/** An entry of a task's `files` that is no file at the base. */
export interface MissingFile {
  /** Whether it is a folder or a glob: a task may create another file, and then a name that looks mistyped is right. */
  readonly isMistake: boolean;
  /** One sentence. */
  readonly warning: string;
}

/** Comparing a name with 20,000 paths takes some hundredths of a second. */
const MAX_SUGGESTIONS = 20;

/**
 * Finds the entries of `files` that are no file at the base. An earlier task may create such a file, so this is no error. Pure.
 *
 * @param paths the files at the base
 */
export function findMissingFiles(
  tasks: readonly Pick<PlanTask, 'id' | 'files'>[],
  paths: readonly string[],
): MissingFile[] {
  const known = new Set(paths);
  const folders = new Set(paths.flatMap(foldersAbove));
  const missing = tasks.flatMap(({ id, files }) =>
    files.filter((file) => !known.has(file)).map((file) => ({ id, file })),
  );
  return missing.map(({ id, file }, index) => {
    const named = `the task ${id} names ${JSON.stringify(file)} in \`files\``;
    if (folders.has(`${file}/`))
      return { isMistake: true, warning: `${named}, which is a folder: name the files in it that matter` };
    if (matchesAny(file, paths))
      return { isMistake: true, warning: `${named}, which takes no globs: name each file` };
    const hint = index < MAX_SUGGESTIONS ? didYouMean(file, known) : '';
    return { isMistake: false, warning: `${named}, which does not exist at the base${hint}` };
  });
}

/** Whether a name that is no file was meant as a glob. */
function matchesAny(file: string, paths: readonly string[]): boolean {
  return /[*?[{]/.test(file) && globProblem(file) === null && paths.some(compileGlob(file));
}
