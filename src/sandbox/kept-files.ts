/** Files that a command wrote and that are taken out of its folder once all its processes have ended. */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { BIG_FILE_BYTES } from '../git/process/git-limits.js';
import { shellQuote } from '../shared/process/shell.js';

/** Lock files, snapshots and generated sources have a few megabytes. Larger files are not taken. */
export const KEPT_FILE_BYTES = BIG_FILE_BYTES;

/**
 * Bytes of all files that one command leaves. They are read into memory and stay in the git store. A file with holes or
 * many names takes no space in the sandbox, so its limit on disk space does not hold here.
 */
export const KEPT_BYTES = 64 * 1024 * 1024;

/** A file as the command left it. */
export interface KeptFile {
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

/**
 * Shell lines that copy files of the current folder to another: regular files of a sane size only, and none behind a
 * symbolic link, which could lead out of the folder. For an environment in which no process of the command is left. A
 * file that cannot be copied fails.
 */
export function copyFilesScript(to: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  return [
    `kept=${shellQuote(to)} left=${KEPT_BYTES}`,
    'take() {',
    'rest=$1; at=.',
    'while :; do',
    'at=$at/${rest%%/*}',
    'if [ -L "$at" ]; then return 0; fi',
    'case $rest in */*) rest=${rest#*/};; *) break;; esac',
    'done',
    '[ -f "$at" ] && size=$(stat -c %s "$at") || return 0',
    `if [ "$size" -gt ${KEPT_FILE_BYTES} ] || [ "$size" -gt "$left" ]; then return 0; fi`,
    'left=$((left - size))',
    'mkdir -p "$kept/${at%/*}"',
    'cp -P --preserve=mode "$at" "$kept/$at" && chmod ug-s,u+r "$kept/$at" || { rm -f "$kept/$at"; return 1; }',
    '}',
    ...paths.map((path) => `take ${shellQuote(path)}`),
  ];
}

/** Reads the files that are in a folder as regular files of a sane size, none behind a symbolic link, within KEPT_BYTES. */
export async function readKeptFiles(folder: string, paths: readonly string[]): Promise<KeptFile[]> {
  const files: KeptFile[] = [];
  let left = KEPT_BYTES;
  for (const path of paths) {
    const file = await readKeptFile(folder, path, Math.min(left, KEPT_FILE_BYTES));
    if (file === null) continue;
    files.push(file);
    left -= file.content.length;
  }
  return files;
}

async function readKeptFile(folder: string, path: string, mostBytes: number): Promise<KeptFile | null> {
  let at = folder;
  for (const segment of path.split('/').slice(0, -1)) {
    at = join(at, segment);
    if ((await lstat(at).catch(() => null))?.isDirectory() !== true) return null;
  }
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(join(folder, path), flags).catch(() => null);
  if (file === null) return null;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > mostBytes) return null;
    return { path, content: await file.readFile(), executable: (stats.mode & constants.S_IXUSR) !== 0 };
  } finally {
    await file.close();
  }
}
