import { foldersAbove } from '../shared/files/folders-above.js';
import { didYouMean } from './did-you-mean.js';
import { compileGlob, globProblem } from './glob.js';
import type { PlanTask } from './plan-schema.js';

/** Comparing a name with 20,000 paths takes some hundredths of a second. */
const MAX_SUGGESTIONS = 20;

/**
 * Warns of entries of `files` that are no file at the base, one sentence each. An earlier task may create such a file, so
 * this is no error. Pure.
 *
 * @param paths the files at the base
 */
export function missingFileWarnings(
  tasks: readonly Pick<PlanTask, 'id' | 'files'>[],
  paths: readonly string[],
): string[] {
  const known = new Set(paths);
  const folders = new Set(paths.flatMap(foldersAbove));
  const missing = tasks.flatMap(({ id, files }) =>
    files.filter((file) => !known.has(file)).map((file) => ({ id, file })),
  );
  return missing.map(({ id, file }, index) => {
    const named = `the task ${id} names ${JSON.stringify(file)} in \`files\``;
    if (folders.has(`${file}/`)) return `${named}, which is a folder: name the files in it that matter`;
    if (matchesAny(file, paths)) return `${named}, which takes no globs: name each file`;
    const hint = index < MAX_SUGGESTIONS ? didYouMean(file, known) : '';
    return `${named}, which does not exist at the base${hint}`;
  });
}

/** Whether a name that is no file was meant as a glob. */
function matchesAny(file: string, paths: readonly string[]): boolean {
  return /[*?[{]/.test(file) && globProblem(file) === null && paths.some(compileGlob(file));
}
