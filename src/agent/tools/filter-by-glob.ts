import { compileGlob } from '../../plan/glob.js';

/** The files that match a glob; one without a slash matches in every folder. @throws GlobError when it is invalid */
export function filterByGlob<File extends { readonly path: string }>(
  files: readonly File[],
  glob: string,
): File[] {
  const matches = compileGlob(glob.includes('/') ? glob : `**/${glob}`);
  return files.filter(({ path }) => matches(path));
}
