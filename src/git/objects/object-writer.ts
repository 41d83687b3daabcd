import { randomUUID } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  existsSync,
  fsync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createDeflate, deflate, deflateSync } from 'node:zlib';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { objectHeader, type NamedObject } from './object-name.js';
import type { ObjectReader } from './object-reader.js';

/** Objects that are written at the same time. More gain nothing: Node has four threads for files. */
const AT_ONCE = 8;
/** zlib's fastest level, as git's default for loose objects: a repack compresses them again. */
const LEVEL = { level: 1 };
/** Bytes below which an object is compressed at once: in 0.05 ms, a quarter of what a thread and a full window cost. */
const SMALL_BYTES = 4_000;
/** A window of 4 KiB. zlib's own needs 256 KiB of memory for each object. */
const SMALL = { ...LEVEL, windowBits: 12, memLevel: 5 };
/** Bytes from which an object is compressed piece by piece instead of in memory. */
const STREAMED_BYTES = 4 * 1024 * 1024;
/** Begins the names of files under way. `git prune` and `removeTemporaryFiles` remove old ones. */
export const TEMPORARY = 'tmp_obj_';
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
    const left = [...new Map(objects.map((object) => [object.sha, object])).values()].values();
    const work = async () => {
      // All share the iterator.
      for (const object of left) await this.#writeOne(object);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  async #writeOne(object: NamedObject): Promise<void> {
    if (this.reader.isRemembered(object.sha)) return;
    if (!(await this.#has(object))) {
      await writeLooseObject(this.gitDir, object, { flush: true }).catch((error: unknown) => {
        throw writeError(this.gitDir, error);
      });
    }
    this.reader.remember(object.sha, object.content);
  }

  /** Most small objects are new, and to ask the reader takes longer than to write one again that is in a pack. */
  async #has(object: NamedObject): Promise<boolean> {
    if (isSmall(object)) return existsSync(loosePath(this.gitDir, object.sha));
    return (await this.reader.info(object.sha)) !== null;
  }
}

/** The file of a loose object. */
export function loosePath(gitDir: string, sha: string): string {
  return join(gitDir, 'objects', sha.slice(0, 2), sha.slice(2));
}

/**
 * Writes a loose object into a git folder, whether or not the folder has it.
 *
 * @param flush whether the object must be on disk before it gets its name
 */
export async function writeLooseObject(
  gitDir: string,
  object: NamedObject,
  { flush }: { readonly flush: boolean },
): Promise<void> {
  const temporary = join(gitDir, 'objects', `${TEMPORARY}${randomUUID()}`);
  try {
    await writeCompressed(temporary, object, flush);
    renameInto(temporary, loosePath(gitDir, object.sha));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function isSmall({ content }: NamedObject): boolean {
  return content.length < SMALL_BYTES;
}

async function writeCompressed(path: string, object: NamedObject, flush: boolean): Promise<void> {
  const { type, content } = object;
  const header = objectHeader(type, content);
  if (isSmall(object)) {
    await writeSmall(path, deflateSync(Buffer.concat([header, content]), SMALL), flush);
    return;
  }
  const options = { flag: 'wx', flags: 'wx', mode: MODE, flush };
  if (content.length < STREAMED_BYTES) {
    await writeFile(path, await compress(Buffer.concat([header, content]), LEVEL), options);
    return;
  }
  await pipeline(Readable.from([header, content]), createDeflate(LEVEL), createWriteStream(path, options));
}

/** Read-only, as git's objects are: nobody changes an object. */
const MODE = 0o444;

/**
 * Writes a small file. Only the wait for the disk is left to a thread: each of the other steps takes less time than to hand it
 * to one, and a busy process waits long for the answer.
 */
async function writeSmall(path: string, bytes: Buffer, flush: boolean): Promise<void> {
  const fd = openSync(path, 'wx', MODE);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
    if (flush) await flushFile(fd);
  } finally {
    closeSync(fd);
  }
}

function renameInto(temporary: string, path: string): void {
  for (let tries = 1; ; tries++) {
    try {
      renameSync(temporary, path);
      return;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw error;
      mkdirSync(dirname(path), { recursive: true });
    }
  }
}

/** Wraps the error of a failed write for a person. */
function writeError(gitDir: string, error: unknown): unknown {
  if (errorCode(error) === null) return error;
  return new EnvironmentError(
    `the git store ${gitDir} cannot be written: ${messageOf(error)}`,
    'Free disk space (df -h), or make the folder writable.',
    { cause: error },
  );
}
