/** Fits a list of paths into an answer: large folders are shown as one line with the number of their files. Pure. */
import { ANSWER_CHARS } from './read-result.js';

interface Folder<File> {
  readonly path: string;
  readonly depth: number;
  readonly entries: Map<string, File | Folder<File>>;
  /** Files in it and below it. */
  count: number;
  open: boolean;
}

/**
 * Lists the files below a folder in the order given, one line each while they fit. Otherwise the outer folders are
 * opened before the inner ones, and small ones before large ones.
 * @param prefix the folder with a slash at its end, or '' for the root
 */
export function foldPaths<File extends { readonly path: string }>(
  files: readonly File[],
  prefix: string,
  lineOf: (file: File) => string,
): string[] {
  const root = treeOf(files, prefix);
  const sizeOf = (folder: Folder<File>): number =>
    linesOf(folder, lineOf).reduce((sum, line) => sum + line.length + 1, 0);
  root.open = true;
  let left = ANSWER_CHARS - sizeOf(root);
  for (
    let level = foldersIn(root);
    level.length > 0;
    level = level.filter(({ open }) => open).flatMap(foldersIn)
  ) {
    for (const folder of level.toSorted((a, b) => a.count - b.count)) {
      folder.open = true;
      const more = sizeOf(folder) - foldedLine(folder).length - 1;
      if (more <= left) left -= more;
      else folder.open = false;
    }
  }
  return linesOf(root, lineOf);
}

function treeOf<File extends { readonly path: string }>(
  files: readonly File[],
  prefix: string,
): Folder<File> {
  const create = (path: string, depth: number): Folder<File> => ({
    path,
    depth,
    entries: new Map(),
    count: 0,
    open: false,
  });
  const root = create(prefix, 0);
  for (const file of files) {
    const names = file.path.slice(prefix.length).split('/');
    let folder = root;
    folder.count++;
    for (const name of names.slice(0, -1)) {
      const known = folder.entries.get(`${name}/`);
      const inner =
        known !== undefined && isFolder(known) ? known : create(`${folder.path}${name}/`, folder.depth + 1);
      folder.entries.set(`${name}/`, inner);
      folder = inner;
      folder.count++;
    }
    folder.entries.set(names.at(-1) ?? '', file);
  }
  return root;
}

function isFolder<File>(entry: File | Folder<File>): entry is Folder<File> {
  return typeof entry === 'object' && entry !== null && 'entries' in entry;
}

function foldersIn<File>(folder: Folder<File>): Folder<File>[] {
  return [...folder.entries.values()].filter(isFolder<File>);
}

/** The lines of an open folder, with those of the open folders in it. */
function linesOf<File>(folder: Folder<File>, lineOf: (file: File) => string): string[] {
  return [...folder.entries.values()].flatMap((entry) => {
    if (!isFolder<File>(entry)) return [lineOf(entry)];
    return entry.open ? linesOf(entry, lineOf) : [foldedLine(entry)];
  });
}

function foldedLine({ path, count }: Folder<unknown>): string {
  return `${path} (${count} ${count === 1 ? 'file' : 'files'})`;
}
