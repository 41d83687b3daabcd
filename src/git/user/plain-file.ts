import { constants } from 'node:fs';
import { open, writeFile, type FileHandle } from 'node:fs/promises';

/** Bytes of a file that is read whole: git's own small files (HEAD, a ref, a configuration) have less. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a small file of the user's git folder. Null when there is none, or it is anything but a small regular file: a
 * named pipe would be waited for without end, and a link may lead anywhere.
 */
export async function readPlainFile(path: string): Promise<string | null> {
  return (await readPlainBytes(path))?.toString('latin1') ?? null;
}

/** As `readPlainFile`, for a file that is in UTF-8 or that may be larger. */
export async function readPlainBytes(path: string, maxBytes: number = MAX_BYTES): Promise<Buffer | null> {
  return withPlainFile(path, maxBytes, (file) => file.readFile());
}

/**
 * Copies a file of the user's git folder, unless it is anything but a regular file of at most `maxBytes`.
 * @returns whether it was copied
 */
export async function copyPlainFile(from: string, to: string, maxBytes: number): Promise<boolean> {
  const copied = await withPlainFile(from, maxBytes, async (file) => {
    await writeFile(to, file.createReadStream());
    return true;
  });
  return copied ?? false;
}

async function withPlainFile<T>(
  path: string,
  maxBytes: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T | null> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= maxBytes ? await use(file) : null;
  } finally {
    await file.close();
  }
}
