import type { ShownFiles } from '../../agent/shown-files.js';
import { CHARS_PER_TOKEN } from '../../codebase/repo-map.js';
import { UNKNOWN_FILE_TOKENS } from '../../plan/estimate-cost.js';

/**
 * Reads the tokens of each file that tasks name, as a prompt shows it: none of a file that is too large, secret or not
 * text. One that is not there yet may be made by an earlier task.
 * @param files the base as the model may see it
 */
export async function readFileTokens(
  files: Pick<ShownFiles, 'read'>,
  paths: readonly string[],
): Promise<(path: string) => number> {
  const tokens = new Map<string, number>();
  for (const path of new Set(paths)) {
    const file = await files.read(path);
    if (file.kind === 'missing') continue;
    tokens.set(path, file.kind === 'text' ? Math.ceil(file.text.length / CHARS_PER_TOKEN) : 0);
  }
  return (path) => tokens.get(path) ?? UNKNOWN_FILE_TOKENS;
}
