import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
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

/**
 * Writes loose objects as git does: into a temporary file, synced to disk, that then gets the object's name. A process
 * that is killed leaves at most a temporary file, and a complete object survives a power failure (the store's
 * `core.fsync` asks git for the same). Any number of processes may write the same object.
 */
export class ObjectWriter {
  constructor(
    private readonly gitDir: string,
    private readonly reader: Pick<ObjectReader, 'info' | 'remember'>,
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
    const { sha, content } = object;
    if ((await this.reader.info(sha)) === null) {
      await writeLooseObject(this.gitDir, object, { flush: true }).catch((error: unknown) => {
        throw writeError(this.gitDir, error);
      });
    }
    this.reader.remember(sha, content);
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
    await renameInto(temporary, loosePath(gitDir, object.sha));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeCompressed(path: string, { type, content }: NamedObject, flush: boolean): Promise<void> {
  // Read-only, as git's objects are: nobody changes an object.
  const options = { flag: 'wx', flags: 'wx', mode: 0o444, flush };
  const header = objectHeader(type, content);
  if (content.length < STREAMED_BYTES) {
    const whole = Buffer.concat([header, content]);
    const isSmall = whole.length < SMALL_BYTES;
    await writeFile(path, isSmall ? deflateSync(whole, SMALL) : await compress(whole, LEVEL), options);
    return;
  }
  await pipeline(Readable.from([header, content]), createDeflate(LEVEL), createWriteStream(path, options));
}

async function renameInto(temporary: string, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(temporary, path);
      return;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === MAX_TRIES) throw error;
      await mkdir(dirname(path)).catch((reason: unknown) => {
        if (errorCode(reason) !== 'EEXIST') throw reason;
      });
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
