import { randomUUID } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createDeflate, deflate, deflateSync } from 'node:zlib';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { forEachConcurrently } from '../../shared/async/for-each-concurrently.js';
import { objectHeader, type NamedObject } from './object-name.js';
import type { ObjectReader } from './object-reader.js';

/** Objects that are written at the same time. More gain nothing: Node has four threads for files. */
export const OBJECTS_AT_ONCE = 8;
/** zlib's fastest level, as git's default for loose objects: a repack compresses them again. */
const LEVEL = { level: 1 };
/**
 * Bytes below which this thread compresses and writes an object. Another thread takes half as much processor time again for an
 * object of 4 KB, and a third for one of 8 KB. From 16 KB on it takes no more, and this thread would be busy for too long.
 */
const SMALL_BYTES = 8_000;
/** A window of 4 KiB. zlib's own needs 256 KiB of memory for each object. */
const SMALL = { ...LEVEL, windowBits: 12, memLevel: 5 };
/** Bytes from which an object is compressed piece by piece instead of in memory. */
const STREAMED_BYTES = 4 * 1024 * 1024;
/** Begins the names of files under way. `git prune` and `removeTemporaryFiles` remove old ones. */
const TEMPORARY = 'tmp_obj_';
/** How often a folder of objects is created again when a repack removes it, empty, before the object is in it. */
const MAX_TRIES = 5;

const compress = promisify(deflate);
const flushFile = promisify(fsync);

/**
 * Writes loose objects as git does: into a temporary file, synced to disk, that then gets the object's name. A process
 * that is killed leaves at most a temporary file, and a complete object survives a power failure (the store's
 * `core.fsync` asks git for the same). Any number of processes may write the same object.
 */
export class ObjectWriter {
  constructor(
    private readonly gitDir: string,
    private readonly reader: Pick<ObjectReader, 'info' | 'isRemembered' | 'remember'>,
  ) {}

  /**
   * Writes the objects that the store lacks.
   *
   * @throws EnvironmentError when the disk is full or the store cannot be written
   */
  async write(objects: readonly NamedObject[]): Promise<void> {
    const different = new Map(objects.map((object) => [object.sha, object])).values();
    await forEachConcurrently(different, OBJECTS_AT_ONCE, (object) => this.#writeOne(object));
  }

  async #writeOne(object: NamedObject): Promise<void> {
    if (this.reader.isRemembered(object.sha)) return;
    if (await this.#has(object)) {
      // Nothing was waited for: other work of this thread goes on before the next of many objects.
      await yieldToEvents();
    } else {
      await writeLooseObject(this.gitDir, object, { flush: true, atOnce: true }).catch((error: unknown) => {
        throw errorCode(error) === null ? error : storeWriteError(this.gitDir, error);
      });
    }
    this.reader.remember(object.sha, object.content);
  }

  /** Most small objects are new, and to ask the reader takes longer than to write one again that is in a pack. */
  async #has(object: NamedObject): Promise<boolean> {
    if (isSmall(object)) return isWritten(this.gitDir, object.sha, true);
    return (await this.reader.info(object.sha)) !== null;
  }
}

interface WriteOptions {
  readonly flush: boolean;
  readonly atOnce: boolean;
}

/** The file of a loose object. */
function loosePath(gitDir: string, sha: string): string {
  return join(gitDir, 'objects', sha.slice(0, 2), sha.slice(2));
}

/**
 * Writes a loose object into a git folder, whether or not the folder has it.
 *
 * @param options.flush whether the object must be on disk before it gets its name
 * @param options.atOnce whether a small file is written at once: each step takes less time than to hand it to a thread, and a
 *   busy process waits long for the answer. Only for a disk on which this process depends anyway
 */
export async function writeLooseObject(
  gitDir: string,
  object: NamedObject,
  options: WriteOptions,
): Promise<void> {
  const temporary = join(gitDir, 'objects', `${TEMPORARY}${randomUUID()}`);
  try {
    await writeCompressed(temporary, object, options);
    await renameInto(temporary, loosePath(gitDir, object.sha), options);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Whether a git folder has a file with the content of an object: a disk that failed may have left an empty one. If that
 * cannot be told, to write the file shows why.
 *
 * @param atOnce as in `writeLooseObject`
 */
export async function isWritten(gitDir: string, sha: string, atOnce: boolean): Promise<boolean> {
  const path = loosePath(gitDir, sha);
  try {
    const found = atOnce ? statSync(path, { throwIfNoEntry: false }) : await stat(path);
    return (found?.size ?? 0) > 0;
  } catch {
    return false;
  }
}

/**
 * As `isWritten`, and makes the file as new as one that is written now, as git does with an object that it finds: `git gc`
 * deletes what is old and not yet reachable.
 *
 * @returns false also when the time of the file cannot be set, such as on a file of another user
 */
export async function isKept(gitDir: string, sha: string, atOnce: boolean): Promise<boolean> {
  if (!(await isWritten(gitDir, sha, atOnce))) return false;
  const now = new Date();
  return utimes(loosePath(gitDir, sha), now, now).then(
    () => true,
    () => false,
  );
}

function isSmall({ content }: NamedObject): boolean {
  return content.length < SMALL_BYTES;
}

async function writeCompressed(
  path: string,
  object: NamedObject,
  { flush, atOnce }: WriteOptions,
): Promise<void> {
  const { type, content } = object;
  const header = objectHeader(type, content);
  const options = { flag: 'wx', flags: 'wx', mode: MODE, flush };
  if (isSmall(object)) {
    const bytes = deflateSync(Buffer.concat([header, content]), SMALL);
    await (atOnce ? writeSmall(path, bytes, flush) : writeFile(path, bytes, options));
    return;
  }
  if (content.length < STREAMED_BYTES) {
    await writeFile(path, await compress(Buffer.concat([header, content]), LEVEL), options);
    return;
  }
  await pipeline(Readable.from([header, content]), createDeflate(LEVEL), createWriteStream(path, options));
}

/** Read-only, as git's objects are: nobody changes an object. */
const MODE = 0o444;

/** Writes a small file. Only the wait for the disk is left to a thread. */
async function writeSmall(path: string, bytes: Buffer, flush: boolean): Promise<void> {
  const fd = openSync(path, 'wx', MODE);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
    if (flush) await flushFile(fd);
  } finally {
    closeSync(fd);
  }
}

/** Not `recursive`: that fails when a repack removes the folder while Node looks whether it is there. */
async function makeFolderOf(path: string, atOnce: boolean): Promise<void> {
  try {
    if (atOnce) mkdirSync(dirname(path));
    else await mkdir(dirname(path));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function renameInto(temporary: string, path: string, { atOnce }: WriteOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      if (atOnce) renameSync(temporary, path);
      else await rename(temporary, path);
      return;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw error;
      await makeFolderOf(path, atOnce);
    }
  }
}

/** Wraps the error of a failed write of the store for a person. */
export function storeWriteError(gitDir: string, error: unknown): EnvironmentError {
  return new EnvironmentError(
    `the git store ${gitDir} cannot be written: ${messageOf(error)}`,
    'Free disk space (df -h), or make the folder writable.',
    { cause: error },
  );
}
