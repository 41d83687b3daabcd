import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Bytes of a file that is read whole: git's own small files (HEAD, a ref, a configuration) have less. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads a small file of the user's git folder. Null when there is none, or it is anything but a small regular file: a
 * named pipe would be waited for without end, and a link may lead anywhere. Read at once: a busy process waits long for the
 * answer of a thread.
 */
export function readPlainFile(path: string): string | null {
  const fd = openPlain(path);
  if (fd === null) return null;
  try {
    const found = fstatSync(fd);
    return found.isFile() && found.size <= MAX_BYTES ? readFileSync(fd, 'latin1') : null;
  } finally {
    closeSync(fd);
  }
}

function openPlain(path: string): number | null {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch {
    return null;
  }
}
