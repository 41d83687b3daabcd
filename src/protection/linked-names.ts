/** The names that symbolic links give to files. Pure. */
import { foldedName, foldedPath } from '../git/objects/tree-path.js';

/** A symbolic link, and the path in the repository that it leads to. */
export interface LinkedPath {
  readonly link: string;
  readonly path: string;
}

/** A name of a file through a link: the link itself, or a path below it. */
export interface LinkedName {
  readonly name: string;
  readonly link: string;
}

/** Names of one file. Links may lead to a folder above themselves, so that there is no end of them. */
const MAX_NAMES = 100;
/** Links that a path is followed through, as the kernel does. */
const MAX_LINKS = 40;

/** Makes a function that finds the names of a path through links, also through several of them. */
export function namesThroughLinks(links: readonly LinkedPath[]): (path: string) => readonly LinkedName[] {
  const linksTo = new Map<string, string[]>();
  for (const { link, path } of links) {
    const key = foldedPath(path);
    const known = linksTo.get(key);
    if (known === undefined) linksTo.set(key, [link]);
    else known.push(link);
  }
  if (linksTo.size === 0) return () => [];
  return (path) => {
    const found = new Map<string, LinkedName>();
    const names = [path];
    for (const at of names) {
      const segments = at.split('/');
      let folder = '';
      for (const [index, segment] of segments.entries()) {
        folder = index === 0 ? foldedName(segment) : `${folder}/${foldedName(segment)}`;
        for (const link of linksTo.get(folder) ?? []) {
          const name = [link, ...segments.slice(index + 1)].join('/');
          if (name === path || found.has(name) || found.size >= MAX_NAMES) continue;
          found.set(name, { name, link });
          names.push(name);
        }
      }
    }
    return [...found.values()];
  };
}

/** Makes a function that follows the links in a path. It returns a path that leads in a circle as it is. */
export function followLinks(links: readonly LinkedPath[]): (path: string) => string {
  const pathOf = new Map(links.map(({ link, path }) => [link, path]));
  if (pathOf.size === 0) return (path) => path;
  const followOne = (path: string): string | null => {
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const target = pathOf.get(end < 0 ? path : path.slice(0, end));
      if (target !== undefined) return end < 0 ? target : `${target}${path.slice(end)}`;
      if (end < 0) return null;
    }
  };
  return (path) => {
    let at = path;
    for (let count = 0; count < MAX_LINKS; count++) {
      const next = followOne(at);
      if (next === null) return at;
      at = next;
    }
    return path;
  };
}
