import { statfs } from 'node:fs/promises';

/** What a disk has left. */
export interface Space {
  readonly bytes: number;
  /** Files that can still be created; null on a file system without such a limit. */
  readonly files: number | null;
}

/** Reads what the disk of a folder has left for this user; null when it cannot be found out. */
export async function readSpace(folder: string): Promise<Space | null> {
  const found = await statfs(folder).catch(() => null);
  if (found === null) return null;
  const { bavail, bsize, files, ffree } = found;
  return { bytes: bavail * bsize, files: files === 0 ? null : ffree };
}
