import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../shared/error-code.js';

/** Long enough for a writer that is started together with this command. */
const WRITER_MS = 5_000;
const POLL_MS = 50;

/** What Linux keeps in a pipe. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Reads a named pipe, such as that of `<(command)`, until its writers have closed it. A plain read would wait for ever
 * for a pipe that nobody writes to.
 * @param maxBytes stops reading after this
 * @param writerMs how long to wait for a writer, in milliseconds; one that is there may take its time
 */
export async function readNamedPipe(
  path: string,
  maxBytes: number,
  writerMs: number = WRITER_MS,
): Promise<Buffer> {
  const pipe = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const deadline = performance.now() + writerMs;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    while (bytes < maxBytes) {
      const chunk = await readNow(pipe);
      if (chunk !== null && chunk.length > 0) {
        chunks.push(chunk);
        bytes += chunk.length;
        continue;
      }
      const hasWriter = chunk === null;
      if (!hasWriter && bytes > 0) break;
      if (!hasWriter && performance.now() > deadline)
        throw new Error('it is a named pipe, and nothing writes to it');
      await delay(POLL_MS);
    }
    return Buffer.concat(chunks);
  } finally {
    await pipe.close();
  }
}

/** Reads what is in a pipe now: nothing when it has no writer, null when its writer has not written yet. */
async function readNow(pipe: FileHandle): Promise<Buffer | null> {
  try {
    const { buffer, bytesRead } = await pipe.read(Buffer.alloc(CHUNK_BYTES));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return null;
    throw error;
  }
}
