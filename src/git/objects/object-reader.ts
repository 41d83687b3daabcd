import { statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../contract/errors.js';
import { BatchAnswers, type BatchAnswer } from './batch-answers.js';
import type { Child } from '../../shared/process/child-process.js';
import { LostProcessError } from '../../shared/process/group.js';
import { formatOf } from './object-name.js';
import { CommitCache } from './commit-cache.js';
import { ObjectCache } from './object-cache.js';
import { TreeCache } from './tree-cache.js';
import { parseCommit, parseTree, type CommitHeader, type ParsedTree } from './tree-object.js';
import { GitError, StoreGoneError } from '../process/git-errors.js';
import { startGit } from '../process/git-process.js';
import { MAX_FILE_BYTES, TIME_LIMIT } from '../process/git-limits.js';

export interface ObjectInfo {
  readonly sha: string;
  readonly type: string;
  readonly size: number;
}

interface Request {
  readonly command: 'info' | 'contents';
  readonly name: string;
  readonly resolve: (answer: BatchAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Whether this is the second try, with a new process. */
  readonly retried: boolean;
}

interface ReaderProcess {
  readonly child: Child;
  readonly pending: Request[];
  readonly answers: BatchAnswers;
}

/** Milliseconds without a request after which the process is ended. It occupies a few MB; starting one takes 2 ms. */
const IDLE_MS = 30_000;

/** Sizes that are in memory: of the files of some repositories whose trees are listed again and again. */
const MAX_SIZES = 20_000;

/**
 * Reads the objects of one git folder through a single long-lived `cat-file` process: 0.03 ms a read, instead of one
 * process for each. Small objects that were read or written lately are in memory. The child starts with the first request, ends when idle and is replaced when it dies. It does not
 * keep this process alive while no request is pending.
 */
export class ObjectReader {
  #process: ReaderProcess | null = null;
  #timer: NodeJS.Timeout | undefined;
  #cache = new ObjectCache();
  #trees = new TreeCache();
  #commits = new CommitCache();
  readonly #sizes = new Map<string, number>();
  /** The folder of objects that the process and the memory are of. */
  #folder: string | null = null;
  readonly #reading = new Map<string, Promise<Buffer | null>>();

  constructor(private readonly gitDir: string) {}

  /**
   * Forgets all objects when the folder of objects is another one than before. Somebody has removed it: what is in memory is
   * then not on disk, and a commit that is built on it would be lost.
   *
   * @throws StoreGoneError when there is none
   */
  checkFolder(): void {
    // At once: it takes 5 µs.
    const found = statSync(join(this.gitDir, 'objects'), { throwIfNoEntry: false });
    if (found === undefined) throw new StoreGoneError(this.gitDir);
    // A new folder may get the number of the one that was removed.
    const folder = [found.dev, found.ino, found.birthtimeMs].join(' ');
    if (this.#folder !== null && this.#folder !== folder) this.#forget();
    this.#folder = folder;
  }

  #forget(): void {
    // A process has the packs of the removed folder open, and would read on in them.
    this.close();
    this.#cache = new ObjectCache();
    this.#trees = new TreeCache();
    this.#commits = new CommitCache();
    this.#sizes.clear();
  }

  /** The object that a full sha or a full ref name points to; null when there is none. */
  async info(name: string): Promise<ObjectInfo | null> {
    const answer = await this.#request('info', name);
    return answer.kind === 'info' ? answer : null;
  }

  /**
   * The bytes of an object, which the caller must not change; null when there is none.
   *
   * @throws RangeError for an object over MAX_FILE_BYTES
   */
  async read(sha: string): Promise<Buffer | null> {
    const known = this.#cache.get(sha) ?? this.#reading.get(sha);
    if (known !== undefined) return known;
    const reading = this.#readFromProcess(sha).finally(() => this.#reading.delete(sha));
    this.#reading.set(sha, reading);
    return reading;
  }

  /** The content of a tree object, which the caller must not change; null when there is none. */
  async readTree(sha: string): Promise<ParsedTree | null> {
    const known = this.#trees.get(sha);
    if (known !== undefined) return known;
    const bytes = await this.read(sha);
    if (bytes === null) return null;
    const tree = parseTree(bytes, formatOf(sha));
    this.#trees.add(sha, tree);
    return tree;
  }

  /** The header of a commit that was read lately; undefined when it has to be read. */
  recentCommit(sha: string): CommitHeader | undefined {
    return this.#commits.get(sha);
  }

  /** The header of a commit; null when there is none. */
  async readCommit(sha: string): Promise<CommitHeader | null> {
    const known = this.recentCommit(sha);
    if (known !== undefined) return known;
    const bytes = await this.read(sha);
    if (bytes === null) return null;
    const commit = parseCommit(bytes);
    this.#commits.add(sha, commit);
    return commit;
  }

  /** The size of an object; undefined when there is none. */
  async sizeOf(sha: string): Promise<number | undefined> {
    const known = this.#cache.get(sha)?.length ?? this.#sizes.get(sha);
    if (known !== undefined) return known;
    const size = (await this.info(sha))?.size;
    if (size === undefined) return undefined;
    if (this.#sizes.size >= MAX_SIZES) this.#sizes.clear();
    this.#sizes.set(sha, size);
    return size;
  }

  /** Whether the bytes of an object are in memory: it was read or written lately. */
  isRemembered(sha: string): boolean {
    return this.#cache.has(sha);
  }

  /** Keeps the bytes of an object that was just written, because it is usually read next. */
  remember(sha: string, content: Buffer): void {
    this.#cache.add(sha, content);
  }

  async #readFromProcess(sha: string): Promise<Buffer | null> {
    const answer = await this.#request('contents', sha);
    switch (answer.kind) {
      case 'contents':
        this.#cache.add(answer.sha, answer.bytes);
        return answer.bytes;
      case 'missing':
      case 'info':
        return null;
      case 'too-large':
        throw new RangeError(
          `object ${sha} has ${answer.size} bytes, more than the limit of ${MAX_FILE_BYTES}`,
        );
    }
  }

  /** Ends the process. Pending requests fail; a later request starts a new process. */
  close(): void {
    clearTimeout(this.#timer);
    const process = this.#process;
    this.#process = null;
    process?.child.kill();
    for (const request of process?.pending.splice(0) ?? [])
      request.reject(new Error('the reader was closed'));
  }

  #request(command: Request['command'], name: string): Promise<BatchAnswer> {
    // git would interpret revision syntax, and would take a line break as the start of a second request.
    if (!/^[A-Za-z0-9._/-]+$/.test(name) || name.includes('..')) {
      throw new TypeError(`${JSON.stringify(name)} is not the name of an object`);
    }
    return new Promise((resolve, reject) => this.#send({ command, name, resolve, reject, retried: false }));
  }

  #send(request: Request): void {
    this.#process ??= this.#start();
    const { child, pending } = this.#process;
    if (pending.push(request) === 1) {
      child.setKeepsAlive(true);
      this.#startTimer(TIME_LIMIT.tree, () => child.kill());
    }
    child.stdin.write(`${request.command} ${request.name}\n`);
  }

  #start(): ReaderProcess {
    const child = startGit({
      gitDir: this.gitDir,
      args: ['cat-file', '--batch-command'],
      // The process lives as long as it is used; each wait for an answer has its own limit.
      timeLimitMs: Infinity,
    });
    const process: ReaderProcess = { child, pending: [], answers: new BatchAnswers(MAX_FILE_BYTES) };
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        this.#receive(process, chunk);
      } catch (error) {
        this.#handleExit(process, asError(error));
        child.kill();
      }
    });
    child.ended.then(
      ({ exitCode, stderr }) => this.#handleExit(process, new GitError('git cat-file', exitCode, stderr)),
      (error: unknown) => this.#handleExit(process, asError(error)),
    );
    return process;
  }

  #receive(process: ReaderProcess, chunk: Buffer): void {
    process.answers.add(chunk);
    for (let request = process.pending[0]; request !== undefined; request = process.pending[0]) {
      const answer = process.answers.next(request.command === 'contents');
      if (answer === null) break;
      process.pending.shift();
      request.resolve(answer);
    }
    if (process !== this.#process) return;
    if (process.pending.length > 0) {
      this.#startTimer(TIME_LIMIT.tree, () => process.child.kill());
      return;
    }
    process.child.setKeepsAlive(false);
    this.#startTimer(IDLE_MS, () => this.close()).unref();
  }

  /** Handles the end of the process. Reads have no effect, so requests without an answer are retried once. */
  #handleExit(process: ReaderProcess, error: Error): void {
    if (process === this.#process) {
      this.#process = null;
      clearTimeout(this.#timer);
    }
    for (const request of process.pending.splice(0)) {
      const mayRetry = error instanceof GitError || error instanceof LostProcessError;
      if (request.retried || !mayRetry) request.reject(error);
      else this.#send({ ...request, retried: true });
    }
  }

  #startTimer(ms: number, action: () => void): NodeJS.Timeout {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
    return this.#timer;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
