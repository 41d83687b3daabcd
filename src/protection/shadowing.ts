/** Names under which a new file is found in place of one that is there. Pure. */
import { foldedName } from '../git/objects/tree-path.js';
import { folderOf, isWrittenIn, type Language } from './runner-files.js';

/** Modules that Python's runners are: one of that name beside the tests, or at the root, is loaded in their place. */
const PYTHON_RUNNERS =
  /^(?:pytest|_pytest|pluggy|unittest|doctest|nose|nose2|xdist|behave)(?:\.py|\/__init__\.py|\/__main__\.py)$/;
/** Folders that are on Python's path, always or by custom. */
const PYTHON_PATH: readonly string[] = ['', 'src', 'lib'];

/** Folders of a commit in which a file that `path` shadows could be. */
export function foldersToSearch(path: string): string[] {
  const folder = folderOf(path);
  return [...new Set([folder, folderOf(folder), withoutExtension(path)])];
}

/**
 * The protected file that a new file at `path` would be found instead of; null when there is none.
 * @param there protected files in the folders to look in
 */
export function findShadowedFile(path: string, there: readonly string[]): string | null {
  return there.find((file) => file !== path && sameModule(path, file)) ?? null;
}

/** A spelling that a file system may take for another is the same module on it. */
function foldedPath(path: string): string {
  return path.split('/').map(foldedName).join('/');
}

/** `helper.js`, `helper.ts` and `helper/index.js` are all what `./helper` may mean. */
function sameModule(path: string, file: string): boolean {
  return MODULES.some((language) => {
    const ours = moduleOf(path, language);
    return ours !== null && ours === moduleOf(file, language);
  });
}

const MODULES: readonly Language[] = ['javascript', 'python', 'ruby', 'php'];

function moduleOf(path: string, language: Language): string | null {
  // A module of JavaScript may be data, or say where it is.
  const isPackage = language === 'javascript' && /(?:^|\/)package\.json$/.test(path);
  if (isPackage) return foldedPath(folderOf(path));
  if (path.endsWith('.feature')) return null;
  const isData = language === 'javascript' && /\.(?:json|node)$/.test(path);
  if (!isData && !isWrittenIn(path, [language])) return null;
  const module = withoutExtension(path);
  const folder = /^(.+)\/(?:index|__init__)$/.exec(module)?.[1];
  return foldedPath(folder ?? module);
}

function withoutExtension(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > folderOf(path).length + 1 ? path.slice(0, dot) : path;
}

/** Whether a new file is loaded by Python's runners in place of one of their own modules. */
export function shadowsRunner(path: string, protectedFiles: readonly string[]): boolean {
  const tests = protectedFiles.filter((file) => isWrittenIn(file, ['python']));
  if (tests.length === 0) return false;
  const folders = new Set([...PYTHON_PATH, ...tests.map(folderOf)]);
  return [...folders].some((folder) => {
    const above = folder === '' ? '' : `${folder}/`;
    return path.startsWith(above) && PYTHON_RUNNERS.test(path.slice(above.length));
  });
}
