/** Output as anyone may read it: without the paths of throw-away folders, colours and overwritten progress. */
import type { Folders } from './command-folders.js';

/** Replaces the folders of a run by `.`, `~` and `$TMPDIR`, so that the same commit prints the same. Pure. */
export function replaceFolderPaths(output: string, folders: readonly Folders[]): string {
  let text = output;
  for (const { tree, home, tmp } of folders) {
    text = text
      .replaceAll(`file://${tree}`, '.')
      .replaceAll(tree, '.')
      .replaceAll(home, '~')
      .replaceAll(tmp, '$TMPDIR');
  }
  return text;
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** What a terminal would show in the end: no escape codes, and of a line written over only the last state. */
export function asTerminalText(output: string): string {
  return output
    .replace(ESCAPES, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) =>
      line
        .slice(line.lastIndexOf('\r') + 1)
        .replace(CONTROLS, '')
        .trimEnd(),
    )
    .join('\n');
}
