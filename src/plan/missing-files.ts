import { didYouMean } from './did-you-mean.js';
import type { PlanTask } from './plan-schema.js';

/** Comparing a name with 20,000 paths takes some hundredths of a second. */
const MAX_SUGGESTIONS = 20;

/**
 * Warns of entries of `files` that do not exist at the base, one sentence each. An earlier task may create such a file, so
 * this is no error. Pure.
 *
 * @param paths the files at the base
 */
export function missingFileWarnings(
  tasks: readonly Pick<PlanTask, 'id' | 'files'>[],
  paths: readonly string[],
): string[] {
  const known = new Set(paths);
  const missing = tasks.flatMap(({ id, files }) =>
    files.filter((file) => !known.has(file)).map((file) => ({ id, file })),
  );
  return missing.map(({ id, file }, index) => {
    const hint = index < MAX_SUGGESTIONS ? didYouMean(file, known) : '';
    return `the task ${id} names ${JSON.stringify(file)} in \`files\`, which does not exist at the base${hint}`;
  });
}
