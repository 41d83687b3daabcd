import { foldersAbove } from '../shared/files/folders-above.js';
import { didYouMean } from './did-you-mean.js';
import { compileGlob, globProblem } from './glob.js';
import type { PlanTask } from './plan-schema.js';

type NamesFiles = Pick<PlanTask, 'id' | 'files'>;

/** A name without a similar one among 20,000 paths takes a second or more to compare with them all. */
const MAX_SUGGESTIONS = 20;

/**
 * Warns of entries of `files` that are no file at the base, one sentence each. An earlier task may create such a file, so
 * this is no error. Pure.
 *
 * @param paths the files at the base
 */
export function missingFileWarnings(tasks: readonly NamesFiles[], paths: readonly string[]): string[] {
  const known = new Set(paths);
  return findMissing(tasks, paths).map(({ named, mistake, file }, index) => {
    if (mistake !== null) return `${named}, ${mistake}`;
    const hint = index < MAX_SUGGESTIONS ? didYouMean(file, known) : '';
    return `${named}, which does not exist at the base${hint}`;
  });
}

/**
 * As `missingFileWarnings`, of folders and globs only: any other missing file may be one that a task is to create. Takes much
 * less time. Pure.
 */
export function misnamedFileWarnings(tasks: readonly NamesFiles[], paths: readonly string[]): string[] {
  return findMissing(tasks, paths).flatMap(({ named, mistake }) =>
    mistake === null ? [] : [`${named}, ${mistake}`],
  );
}

interface MissingFile {
  readonly file: string;
  /** The beginning of a sentence about it. */
  readonly named: string;
  /** What is wrong with it, to end the sentence; null when it may be a file that a task is to create. */
  readonly mistake: string | null;
}

function findMissing(tasks: readonly NamesFiles[], paths: readonly string[]): MissingFile[] {
  const known = new Set(paths);
  const folders = new Set(paths.flatMap(foldersAbove));
  const mistakeIn = (file: string) => {
    if (folders.has(`${file}/`)) return 'which is a folder: name the files in it that matter';
    return matchesAny(file, paths) ? 'which takes no globs: name each file' : null;
  };
  return tasks.flatMap(({ id, files }) =>
    files
      .filter((file) => !known.has(file))
      .map((file) => ({
        file,
        named: `the task ${id} names ${JSON.stringify(file)} in \`files\``,
        mistake: mistakeIn(file),
      })),
  );
}

/** Whether a name that is no file was meant as a glob. */
function matchesAny(file: string, paths: readonly string[]): boolean {
  return /[*?[{]/.test(file) && globProblem(file) === null && paths.some(compileGlob(file));
}
