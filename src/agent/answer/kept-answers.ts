import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../contract/errors.js';
import { isCallOf } from '../../db/calls.js';
import { verbatimJson, type Database } from '../../db/database.js';
import { isUnavailable } from '../../db/transient-errors.js';
import { newAnswerSchema, storeTurn, type NewAnswer } from '../../db/turns.js';
import { errorCode } from '../../shared/error-code.js';

/** The end of the name of a complete file. */
const COMPLETE = '.json';

/**
 * Answers that were paid for while the database was out of reach: a file each, so that they outlive their process and its
 * machine's power. A file stays until its answer is in the record.
 */
export class KeptAnswers {
  /** The files of the answers that this process tries to record, by call; null when a file could not be written. */
  private readonly own = new Map<number, Promise<string | null>>();

  /**
   * @param folder is created with the first answer
   * @param warn receives what a person should know
   */
  constructor(
    private readonly folder: string,
    private readonly warn: (message: string) => void,
  ) {}

  /** Keeps an answer that this process goes on trying to record. A repeat does nothing. It never throws. */
  async keep(answer: NewAnswer): Promise<void> {
    const kept = this.own.get(answer.call) ?? this.write(answer);
    this.own.set(answer.call, kept);
    await kept;
  }

  /** The answer is in the record. */
  async remove(call: number): Promise<void> {
    const file = await this.disown(call);
    if (file !== null) await rm(file, { force: true });
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
      await rm(file, { force: true });
      return answer.call;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // Another process has just recorded it.
      if (errorCode(error) === 'ENOENT') return null;
      await this.makeUnusable(file, error);
      return null;
    }
  }

  private async makeUnusable(file: string, error: unknown): Promise<void> {
    this.warn(
      `An answer that was paid for cannot be recorded. It stays in ${file}.unusable: ${messageOf(error)}`,
    );
    await rename(file, `${file}.unusable`);
  }

  private async write(answer: NewAnswer): Promise<string | null> {
    const file = join(this.folder, `${answer.call}-${randomUUID()}${COMPLETE}`);
    const draft = `${file}.draft`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeFile(draft, verbatimJson(answer), { flag: 'wx', mode: 0o600, flush: true });
      await rename(draft, file);
      return file;
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      this.warn(
        `An answer waits for the database in memory only, because it cannot be written: ${messageOf(error)}`,
      );
      return null;
    }
  }

  private async files(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.filter((name) => name.endsWith(COMPLETE)).map((name) => join(this.folder, name));
  }
}
