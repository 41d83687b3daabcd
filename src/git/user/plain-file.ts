import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes of a file that is read whole: git's own small files (HEAD, a ref, a configuration) have less. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a small file of the user's git folder. Null when there is none, or it is anything but a small regular file: a
 * named pipe would be waited for without end, and a link may lead anywhere.
 */
export async function readPlainFile(path: string): Promise<string | null> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(() => null);
  if (file === null) return null;
  try {
    const found = await file.stat();
    return found.isFile() && found.size <= MAX_BYTES ? await file.readFile('latin1') : null;
  } finally {
    await file.close();
  }
}
