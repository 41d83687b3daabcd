import { alternatives, compileGlob, GlobError } from '../../plan/glob.js';

/** More than the endings of all languages. Each alternative is matched with each file. */
const MOST_ALTERNATIVES = 64;

/**
 * Milliseconds for all files together. Matching holds up everything else in the worker, which has to renew its lease every
 * few seconds. A glob of a person takes some milliseconds for ten thousand files.
 */
const MATCHING_MS = 1_000;

/**
 * Finds the files that match a glob; one without a slash matches in every folder.
 * @returns what is wrong with the glob, for the model, when it is invalid or takes too long to match
 */
export function filterByGlob<File extends { readonly path: string }>(
  files: readonly File[],
  glob: string,
): File[] | string {
  try {
    return filter(files, glob);
  } catch (error) {
    if (error instanceof GlobError) return error.message;
    throw error;
  }
}

function filter<File extends { readonly path: string }>(files: readonly File[], glob: string): File[] {
  if (alternatives(glob).length > MOST_ALTERNATIVES)
    throw new GlobError(`the braces of ${glob} make more than ${MOST_ALTERNATIVES} globs: write several`);
  const matches = compileGlob(glob.includes('/') ? glob : `**/${glob}`);
  const end = performance.now() + MATCHING_MS;
  return files.filter(({ path }) => {
    if (performance.now() > end) throw new GlobError(`${glob} takes too long to match: write a simpler one`);
    return matches(path);
  });
}
