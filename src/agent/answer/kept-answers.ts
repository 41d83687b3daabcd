import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../contract/errors.js';
import { isCallOf } from '../../db/calls.js';
import { verbatimJson, type Database } from '../../db/database.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { newAnswerSchema, storeTurn, type NewAnswer } from '../../db/turns.js';
import { errorCode } from '../../shared/error-code.js';
import { writeWhole } from '../../shared/files/write-whole.js';
import { SpareFiles, type SpareSpace } from './spare-files.js';

/** The end of the name of a complete file. */
const COMPLETE = '.json';

/**
 * For a full disk, which takes the database away as well: no call is made then, so the answers to keep are those of the calls
 * that are under way. Three times as many as a run makes at once by default (10), and each as long as an answer that writes some
 * 3,000 lines; 4 MiB together.
 */
const SPARE: SpareSpace = { files: 32, bytes: 128 * 1024 };

/**
 * Answers that were paid for while the database was out of reach: a file each, so that they outlive their process and its
 * machine's power. A file stays until its answer is in the record.
 */
export class KeptAnswers {
  /** The files of the answers that this process tries to record, by call; null when a file could not be written. */
  private readonly own = new Map<number, Promise<string | null>>();
  private readonly spares: SpareFiles;

  /**
   * @param folder is created with the first answer
   * @param warn receives what a person should know
   */
  constructor(
    private readonly folder: string,
    private readonly warn: (message: string) => void,
  ) {
    this.spares = new SpareFiles(join(folder, 'spare'), SPARE);
  }

  /** Takes up disk space for the answers of a time when the disk is full. It never throws. */
  async reserveSpace(): Promise<void> {
    await this.spares.provide();
  }

  /** Keeps an answer that this process goes on trying to record. A repeat does nothing. It never throws. */
  async keep(answer: NewAnswer): Promise<void> {
    const kept = this.own.get(answer.call) ?? this.write(answer);
    this.own.set(answer.call, kept);
    await kept;
  }

  /** The answer is in the record. */
  async remove(call: number): Promise<void> {
    const file = await this.disown(call);
    if (file !== null) await this.delete(file);
  }

  /** The record cannot take the answer: its file stays for a person. @param error why */
  async setAside(call: number, error: unknown): Promise<void> {
    const file = await this.disown(call);
    if (file !== null) await this.makeUnusable(file, error);
  }

  /** Stops trying to record an answer. @returns its file; null when there is none */
  private async disown(call: number): Promise<string | null> {
    const file = await this.own.get(call);
    this.own.delete(call);
    return file ?? null;
  }

  /** This process stops trying to record the answer. The next turn records it, here or in another process. */
  release(call: number): void {
    this.own.delete(call);
  }

  /**
   * Records the answers that no turn of this process is trying to record. Without any, it reads one folder.
   * @returns their calls
   * @throws when the database is out of reach
   */
  async recordLeft(db: Database): Promise<number[]> {
    const recorded: number[] = [];
    const own = new Set(await Promise.all(this.own.values()));
    for (const file of await this.files()) {
      const call = own.has(file) ? null : await this.record(db, file);
      if (call !== null) recorded.push(call);
    }
    return recorded;
  }

  private async record(db: Database, file: string): Promise<number | null> {
    try {
      const answer = newAnswerSchema.parse(JSON.parse(await readFile(file, 'utf8')));
      // The home may have been used with another database, which numbers its calls from one as well.
      if (await isCallOf(db, answer.call, answer.turn)) await storeTurn(db, answer);
      await this.delete(file);
      return answer.call;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // Another process has just recorded it.
      if (errorCode(error) === 'ENOENT') return null;
      await this.makeUnusable(file, error);
      return null;
    }
  }

  private async delete(file: string): Promise<void> {
    await rm(file, { force: true });
    await this.reserveSpace();
  }

  private async makeUnusable(file: string, error: unknown): Promise<void> {
    this.warn(
      `An answer that was paid for cannot be recorded. It stays in ${file}.unusable: ${messageOf(error)}`,
    );
    await rename(file, `${file}.unusable`);
    await this.reserveSpace();
  }

  private async write(answer: NewAnswer): Promise<string | null> {
    const file = join(this.folder, `${answer.call}-${randomUUID()}${COMPLETE}`);
    const text = verbatimJson(answer);
    try {
      await this.writeFile(file, text);
      return file;
    } catch (error) {
      if (await this.writeOnFullDisk(file, text)) return file;
      this.warn(
        `An answer that was paid for waits for the database in memory only, and is lost if this worker ends before that: ${messageOf(error)}`,
      );
      return null;
    }
  }

  private async writeFile(file: string, text: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeWhole(file, text, { flush: true });
  }

  private async writeOnFullDisk(file: string, text: string): Promise<boolean> {
    if (await this.spares.write(text, file)) return true;
    // One of the spare files may have been removed, which left its space.
    return this.writeFile(file, text).then(
      () => true,
      () => false,
    );
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.filter((name) => name.endsWith(COMPLETE)).map((name) => join(this.folder, name));
  }
}
