/** Files that a text names. Pure. */
import { cleanText } from './query-terms.js';

/** How sure it is that a file is meant, from 0 to 1. */
const VALUE = { path: 1, name: 0.7, endOfPath: 0.5 } as const;

/** Words and paths of a text, without what ends a sentence. */
const TOKEN = /[\w@.$+-]+(?:\/[\w@.$+-]+)*/g;

/** Characters of a path that a person writes. */
const MAX_TOKEN = 300;

/** Paths of a text that are looked for inside of others: each is compared with every file. */
const MAX_PARTIAL_PATHS = 20;

/** Finds the files that a text names, by their path, by a part of it, or by their name. */
export function namedFiles(paths: readonly string[], text: string): Float64Array {
  const tokens = new Set(
    (cleanText(text).match(TOKEN) ?? []).flatMap((token) =>
      token.length > MAX_TOKEN ? [] : [token, token.replace(/[.]+$/, '')],
    ),
  );
  const partial = [...tokens]
    .filter((token) => token.includes('/'))
    .slice(0, MAX_PARTIAL_PATHS)
    .map((token) => `/${token.replace(/^\.?\//, '')}`);
  return Float64Array.from(paths, (path) => {
    if (tokens.has(path)) return VALUE.path;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (tokens.has(name)) return VALUE.name;
    return partial.some((part) => isPartOf(`/${path}`, part)) ? VALUE.endOfPath : 0;
  });
}

/** Whether whole parts of a path are named, with or without the ending of a file. */
function isPartOf(path: string, part: string): boolean {
  const at = path.indexOf(part);
  if (at < 0) return false;
  const next = path[at + part.length];
  return next === undefined || next === '/' || next === '.';
}
