/** The folders above a path in a repository, from the root's entry down, each with a slash at its end; without the root. */
export function foldersAbove(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1));
}
