/** Finds new files that a module loader would load instead of an existing file. Pure. */
import { foldedPath } from '../git/objects/tree-path.js';
import { isRunnerModule, modulePath } from './python-modules.js';
import { folderOf, isWrittenIn, type Language } from './runner-files.js';

/** Folders that are on Python's path, always or by convention. */
const PYTHON_PATH: readonly string[] = ['', 'src', 'lib'];

/** The folders that may contain a file that a new file at `path` shadows. */
export function foldersToSearch(path: string): string[] {
  const folder = folderOf(path);
  return [...new Set([folder, folderOf(folder), modulePath(path) ?? withoutExtension(path)])];
}

/**
 * Finds the protected file that a new file at `path` would be loaded instead of; null when there is none.
 *
 * @param files the files in `foldersToSearch(path)`; there may be a hundred thousand
 * @param isProtected asked of few files, because its answer takes long
 */
export function findShadowedFile(
  path: string,
  files: readonly string[],
  isProtected: (file: string) => boolean,
): string | null {
  // One import may resolve to both files: `./helper` to `helper.js`, `helper.ts` and `helper/index.js`.
  const modules = MODULE_LANGUAGES.flatMap((language) => {
    const module = moduleOf(path, language);
    return module === null ? [] : [{ language, module }];
  });
  const isSameModule = (file: string) =>
    modules.some(({ language, module }) => module === moduleOf(file, language));
  const isSource = (file: string) => isBuiltFrom(path, file);
  return (
    files.find((file) => file !== path && (isSameModule(file) || isSource(file)) && isProtected(file)) ?? null
  );
}

/** What a compiler makes of one source. */
const BUILT = /\.(?:o|obj|lo|a|so|gch|pch|class|beam|hi|cm[ioxa]|exe)$/;

/**
 * Whether a new file stands for what a build makes of a source beside it: all files of a checkout are equally old, so `make`
 * would take it for up to date, and never compile the source.
 */
function isBuiltFrom(path: string, source: string): boolean {
  if (!isWrittenIn(source, ['c', 'rust', 'go', 'jvm'])) return false;
  const stem = BUILT.test(path) ? withoutExtension(path) : hasExtension(path) ? null : path;
  return (
    stem !== null && [source, withoutExtension(source)].some((each) => foldedPath(each) === foldedPath(stem))
  );
}

function hasExtension(path: string): boolean {
  return withoutExtension(path) !== path;
}

const MODULE_LANGUAGES: readonly Language[] = ['javascript', 'python', 'ruby', 'php'];

function moduleOf(path: string, language: Language): string | null {
  // In JavaScript a module may also be a data file, or a folder whose package.json names the main file.
  const isPackage = language === 'javascript' && /(?:^|\/)package\.json$/.test(path);
  if (isPackage) return foldedPath(folderOf(path));
  if (path.endsWith('.feature')) return null;
  // Python looks for an extension module before a source, and the tag of a version belongs to its ending.
  const ofPython = language === 'python' ? modulePath(path) : null;
  // Node.js looks for the name as it is written first.
  const isData = language === 'javascript' && /\.(?:json|node)$|(?:^|\/)[^./]+$/.test(path);
  if (ofPython === null && !isData && !isWrittenIn(path, [language])) return null;
  const module = ofPython ?? withoutExtension(path);
  const folder = /^(.+)\/(?:index|__init__)$/.exec(module)?.[1];
  return foldedPath(folder ?? module);
}

function withoutExtension(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > folderOf(path).length + 1 ? path.slice(0, dot) : path;
}

/**
 * Whether Python would load a new file instead of a module of the standard library or of a test runner.
 *
 * @param workFolders the folders in which commands run, which are on Python's path
 * @param has whether a file exists: a folder that is a package is not on Python's path itself
 */
export function shadowsRunner(
  path: string,
  protectedFiles: readonly string[],
  has: (path: string) => boolean,
  workFolders: readonly string[],
): boolean {
  const tests = protectedFiles.filter((file) => isWrittenIn(file, ['python']));
  if (tests.length === 0) return false;
  const folders = new Set(tests.map(folderOf).filter((folder) => !has(`${folder}/__init__.py`)));
  return [...PYTHON_PATH, ...workFolders, ...folders].some((folder) => {
    const prefix = folder === '' ? '' : `${folder}/`;
    return path.startsWith(prefix) && isRunnerModule(path.slice(prefix.length));
  });
}
