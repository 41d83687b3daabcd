/** The project's own instructions for agents, such as AGENTS.md. */
import type { OpeningFile } from './first-message.js';
import type { ShownFile, ShownFiles } from '../shown-files.js';
import { foldersAbove } from '../../shared/files/folders-above.js';

/**
 * Characters of all instructions together, about 9,000 tokens: they are sent again in every turn. Other agents have the
 * same limit.
 */
const INSTRUCTIONS_CHARS = 32_000;

/**
 * Reads the files of these names at the root and in the folders above a task's files, from the root downwards. Equal texts
 * are given once: projects keep the same instructions under several names. A symbolic link is followed once, to a file of
 * the same commit; what it leads to is protected as the link is (`src/protection`).
 * @param files the run's base: no agent writes instructions for others
 */
export async function readInstructions(
  files: Pick<ShownFiles, 'read'>,
  names: readonly string[],
  taskFiles: readonly string[],
): Promise<OpeningFile[]> {
  const found: OpeningFile[] = [];
  const seen = new Set<string>();
  let left = INSTRUCTIONS_CHARS;
  for (const path of candidatePaths(names, taskFiles)) {
    if (left <= 0) break;
    const file = await readLinked(files, path);
    if (file.kind !== 'text' || file.text.trim() === '' || seen.has(file.text)) continue;
    seen.add(file.text);
    found.push({ path, text: shorten(file.text, left) });
    left -= file.text.length;
  }
  return found;
}

async function readLinked(files: Pick<ShownFiles, 'read'>, path: string): Promise<ShownFile> {
  const file = await files.read(path);
  return file.kind === 'link' && file.file !== null ? files.read(file.file) : file;
}

/** Where instructions may be, the root first. */
export function candidatePaths(names: readonly string[], taskFiles: readonly string[]): string[] {
  const folders = new Set(['', ...taskFiles.flatMap(foldersAbove)]);
  const byDepth = [...folders].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  return byDepth.flatMap((folder) => names.map((name) => `${folder}${name}`));
}

function depth(folder: string): number {
  return folder.split('/').length;
}

function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text;
  // Half of a character at the end would make the whole request invalid.
  const beginning = text.slice(0, chars).replace(/\p{Surrogate}$/u, '');
  return `${beginning}\n(cut off here: the file is longer)`;
}
