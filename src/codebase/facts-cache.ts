/**
 * The records of blobs on disk, shared by all processes of a home. Each process appends to files of its own and reads
 * those of all, so none waits for another, and a process that is killed leaves at most one record unfinished. A record
 * has a checksum: what is damaged counts as missing and is written anew.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolder } from '../shared/files/make-folder.js';
import { RECORD_VERSION, type EncodedRecord } from './record.js';

/** Bytes of a file after which the next one is begun, so that old records can be removed in pieces. */
const FILE_BYTES = 32 * 1024 * 1024;

/** Bytes of all files: about 200,000 source files. The oldest files are removed. */
const TOTAL_BYTES = 512 * 1024 * 1024;

/** Files after which small ones are put together: each process that finds something new begins one. */
const MAX_FILES = 64;

/** Milliseconds without a change after which a file counts as left by its process and may be put together with others. */
const LEFT_MS = 10 * 60_000;

/** Milliseconds until a write is tried again: a full disk does not get room within the next file. */
const RETRY_MS = 60_000;

const MAGIC = 0x4c574331;
/** Magic number, checksum, length of both parts; then the key, padded. All are little-endian. */
const HEADER_BYTES = 16;
const KEY_BYTES = 64;
const RECORD_START = HEADER_BYTES + KEY_BYTES;
/** A record is far shorter: a longer one is damage. */
const MAX_PART_BYTES = 16 * 1024 * 1024;

const SUFFIX = '.facts';

interface CacheFile {
  readonly name: string;
  readonly fd: number;
  /** How far its records are known. */
  known: number;
}

interface Place {
  readonly file: CacheFile;
  readonly at: number;
  readonly factsBytes: number;
  readonly linesBytes: number;
}

export class FactsCache {
  readonly #files = new Map<string, CacheFile>();
  readonly #places = new Map<string, Place>();
  readonly #folder: string;
  #own: CacheFile | null = null;
  /** When a write is tried again after one failed, in milliseconds of this process. */
  #writesFrom = 0;
  #closed = false;

  /** @param folder is created at the first write */
  constructor(
    folder: string,
    private readonly limits = { fileBytes: FILE_BYTES, totalBytes: TOTAL_BYTES, files: MAX_FILES },
  ) {
    this.#folder = join(folder, `v${RECORD_VERSION}`);
  }

  /** Finds the records that other processes have written meanwhile: lists the files and compares their lengths. */
  refresh(): void {
    if (this.#closed) return;
    let names: string[];
    try {
      // Their names begin with the time, so that newer records replace older ones.
      names = readdirSync(this.#folder)
        .filter((name) => name.endsWith(SUFFIX))
        .sort();
    } catch {
      return;
    }
    this.#closeRemoved(new Set(names));
    for (const name of names) {
      try {
        this.#readNew(this.#open(name));
      } catch {
        // Removed meanwhile, or unreadable: what it held is missing.
      }
    }
  }

  /** Closes files that were removed or put together with others: open ones keep their room on the disk. */
  #closeRemoved(names: ReadonlySet<string>): void {
    const removed = [...this.#files.values()].filter((file) => !names.has(file.name) && file !== this.#own);
    if (removed.length === 0) return;
    for (const { name, fd } of removed) {
      this.#files.delete(name);
      closeSync(fd);
    }
    for (const [key, { file }] of this.#places) if (!this.#files.has(file.name)) this.#places.delete(key);
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** The facts' part of a record; null when it is missing or damaged. */
  facts(key: string): Uint8Array | null {
    return this.#read(key)?.facts ?? null;
  }

  /** The lines' part. */
  lines(key: string): Uint8Array | null {
    return this.#read(key)?.lines ?? null;
  }

  /** Keeps a record. A full or read-only disk is no error: the record is then made again by the next process. */
  async add(key: string, { facts, lines }: EncodedRecord): Promise<void> {
    if (this.#closed || performance.now() < this.#writesFrom) return;
    try {
      const file = await this.#ownFile();
      const record = encode(key, facts, lines);
      const at = fstatSync(file.fd).size;
      for (let done = 0; done < record.length;) done += writeSync(file.fd, record, done);
      file.known = at + record.length;
      this.#places.set(key, { file, at, factsBytes: facts.length, linesBytes: lines.length });
    } catch {
      // Readers find nothing behind a record that is there in part.
      this.#own = null;
      this.#writesFrom = performance.now() + RETRY_MS;
    }
  }

  /** What is asked of it later is missing, and nothing more is kept. */
  close(): void {
    this.#closed = true;
    for (const { fd } of this.#files.values()) closeSync(fd);
    this.#files.clear();
    this.#places.clear();
    this.#own = null;
  }

  #open(name: string): CacheFile {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = { name, fd: openSync(join(this.#folder, name), constants.O_RDONLY), known: 0 };
    this.#files.set(name, file);
    return file;
  }

  /** Notes the records that were added to a file. One that is not complete may be in writing: it is looked at again. */
  #readNew(file: CacheFile): void {
    const { size } = fstatSync(file.fd);
    const header = Buffer.alloc(RECORD_START);
    while (file.known + RECORD_START <= size) {
      if (readSync(file.fd, header, 0, RECORD_START, file.known) < RECORD_START) return;
      const factsBytes = header.readUInt32LE(8);
      const linesBytes = header.readUInt32LE(12);
      const next = file.known + RECORD_START + factsBytes + linesBytes;
      const isRecord =
        header.readUInt32LE(0) === MAGIC && factsBytes <= MAX_PART_BYTES && linesBytes <= MAX_PART_BYTES;
      if (!isRecord || next > size) return;
      const key = keyOf(header);
      this.#places.set(key, { file, at: file.known, factsBytes, linesBytes });
      file.known = next;
    }
  }

  #read(key: string): { readonly facts: Uint8Array; readonly lines: Uint8Array } | null {
    const place = this.#places.get(key);
    if (place === undefined) return null;
    const { file, at, factsBytes, linesBytes } = place;
    const bytes = Buffer.alloc(RECORD_START + factsBytes + linesBytes);
    try {
      const read = readSync(file.fd, bytes, 0, bytes.length, at);
      if (read === bytes.length && bytes.readUInt32LE(4) === crc32(bytes.subarray(8))) {
        const middle = RECORD_START + factsBytes;
        return { facts: bytes.subarray(RECORD_START, middle), lines: bytes.subarray(middle) };
      }
    } catch {
      // As for a wrong checksum.
    }
    this.#places.delete(key);
    return null;
  }

  async #ownFile(): Promise<CacheFile> {
    const own = this.#own;
    if (own !== null) {
      const { size, nlink } = fstatSync(own.fd);
      // Another process may have removed it as one of the oldest.
      if (size < this.limits.fileBytes && nlink > 0) return own;
    }
    await makeFolder(this.#folder);
    this.#removeOldest();
    this.#own = this.#create();
    return this.#own;
  }

  #create(): CacheFile {
    const time = Date.now().toString(36).padStart(9, '0');
    const name = `${time}-${randomBytes(6).toString('hex')}${SUFFIX}`;
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
    const file = { name, fd: openSync(join(this.#folder, name), flags, 0o600), known: 0 };
    this.#files.set(name, file);
    return file;
  }

  /** Keeps the files within their limits. What readers have open stays readable for them. */
  #removeOldest(): void {
    const files = readdirSync(this.#folder)
      .filter((name) => name.endsWith(SUFFIX))
      .sort()
      .flatMap((name) => {
        const stats = statSync(join(this.#folder, name), { throwIfNoEntry: false });
        return stats === undefined
          ? []
          : [{ name, bytes: stats.size, isLeft: Date.now() - stats.mtimeMs > LEFT_MS }];
      });
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of files) {
      if (total <= this.limits.totalBytes) break;
      this.#remove(name);
      total -= bytes;
    }
    if (files.length > this.limits.files) this.#putTogether(files);
  }

  /** Copies the records of small files that nobody writes to any more into one file. */
  #putTogether(
    files: readonly { readonly name: string; readonly bytes: number; readonly isLeft: boolean }[],
  ): void {
    const small = files.filter(({ bytes, isLeft }) => isLeft && bytes < this.limits.fileBytes / 8);
    if (small.length < this.limits.files / 2) return;
    const joined = this.#create();
    for (const { name } of small) {
      const from = this.#open(name);
      this.#readNew(from);
      const bytes = Buffer.alloc(from.known);
      readSync(from.fd, bytes, 0, bytes.length, 0);
      writeSync(joined.fd, bytes);
    }
    this.#readNew(joined);
    for (const { name } of small) this.#remove(name);
  }

  #remove(name: string): void {
    try {
      unlinkSync(join(this.#folder, name));
    } catch {
      // Another process was faster.
    }
  }
}

function encode(key: string, facts: Uint8Array, lines: Uint8Array): Buffer {
  const header = Buffer.alloc(RECORD_START);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(facts.length, 8);
  header.writeUInt32LE(lines.length, 12);
  header.write(key, HEADER_BYTES, KEY_BYTES, 'latin1');
  const record = Buffer.concat([header, facts, lines]);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

function keyOf(header: Buffer): string {
  return header.toString('latin1', HEADER_BYTES, RECORD_START).replace(/\0+$/, '');
}
