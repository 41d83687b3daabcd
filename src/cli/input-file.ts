import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { readNamedPipe } from './named-pipe.js';

/**
 * Reads a file that a person named as input, which may be a named pipe or have no end.
 * @param maxBytes the most that it may have; one byte more is returned of a longer file, by which the caller tells
 */
export async function readInputFile(file: string, maxBytes: number): Promise<Buffer> {
  if ((await stat(file)).isFIFO()) return readNamedPipe(file, maxBytes + 1);
  return buffer(createReadStream(file, { end: maxBytes }));
}
