/** Normalises output for readers: removes paths of scratch folders, colours and overwritten progress lines. */
import type { Folders } from './command-folders.js';

/** Replaces the paths of scratch folders by `.`, `~` and `$TMPDIR`, so that equal commits give equal output. Pure. */
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

/** Replaces the paths of files in the tree by those that agents use, relative to the tree, and the rest as replaceFolderPaths does. Pure. */
export function relativeFilePaths(output: string, folders: readonly Folders[]): string {
  let text = output;
  for (const { tree } of folders) {
    const folder = tree.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    text = text.replaceAll(new RegExp(String.raw`(?:file://)?${folder}/(?=[^\s"'])`, 'g'), '');
  }
  return replaceFolderPaths(text, folders);
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[@-Z\\-_])/g;
/** What clears a line that a progress display is to write anew. */
const CLEARED = /\r\x1b\[0?K|\x1b\[2K/g;
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/** Returns the text that a terminal would show at the end: without escape codes, and with overwritten lines removed. */
export function asTerminalText(output: string): string {
  return output.replace(CLEARED, '\r\0').replace(ESCAPES, '').split('\n').map(shownOf).join('\n');
}

/** A carriage return alone overwrites nothing: what follows it does. */
function shownOf(line: string): string {
  const written = line.replace(/\r+$/, '');
  return written
    .slice(written.lastIndexOf('\r') + 1)
    .replace(CONTROLS, '')
    .trimEnd();
}
