import { messageOf } from '../../contract/errors.js';
import { BatchAnswers, type BatchAnswer } from './batch-answers.js';
import type { Child } from '../process/child.js';
import { GitError } from '../process/git-errors.js';
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
  /** A second process was already tried. */
  readonly retried: boolean;
}

interface ReaderProcess {
  readonly child: Child;
  readonly pending: Request[];
  readonly answers: BatchAnswers;
}

/** Milliseconds without a request after which the process ends: it costs a few MB, a new one 2 ms. */
const IDLE_MS = 30_000;

/**
 * Reads objects of one git folder through a single long-lived `cat-file`, 0.03 ms a read instead of a process
 * each. The process starts with the first request, ends when idle, is replaced when it dies, and never keeps
 * this process alive while nothing is asked.
 */
export class ObjectReader {
  #process: ReaderProcess | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly gitDir: string) {}

  /** What a full sha or a full ref name points to; null when there is no such thing. */
  async info(name: string): Promise<ObjectInfo | null> {
    const answer = await this.#request('info', name);
    return answer.kind === 'info' ? answer : null;
  }

  /** The bytes of an object; null when there is none. RangeError over MAX_FILE_BYTES. */
  async read(sha: string): Promise<Buffer | null> {
    const answer = await this.#request('contents', sha);
    switch (answer.kind) {
      case 'contents':
        return answer.bytes;
      case 'missing':
      case 'info':
        return null;
      case 'too-large':
        throw new RangeError(
          `object ${sha} has ${answer.size} bytes, more than the ${MAX_FILE_BYTES} that are read`,
        );
    }
  }

  /** Ends the process. Requests under way fail; a later one starts a new process. */
  close(): void {
    clearTimeout(this.#timer);
    const running = this.#process;
    this.#process = null;
    running?.child.kill();
    for (const request of running?.pending.splice(0) ?? [])
      request.reject(new Error('the reader was closed'));
  }

  #request(command: Request['command'], name: string): Promise<BatchAnswer> {
    // Revision syntax would be understood too, and a line break would be a second request.
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
      // It lives as long as it is used; each wait for an answer has its own limit.
      timeLimitMs: Infinity,
    });
    const running: ReaderProcess = { child, pending: [], answers: new BatchAnswers(MAX_FILE_BYTES) };
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        this.#receive(running, chunk);
      } catch (error) {
        this.#handleExit(running, asError(error));
        child.kill();
      }
    });
    child.ended.then(
      ({ exitCode, stderr }) => this.#handleExit(running, new GitError('git cat-file', exitCode, stderr)),
      (error: unknown) => this.#handleExit(running, asError(error)),
    );
    return running;
  }

  #receive(running: ReaderProcess, chunk: Buffer): void {
    running.answers.add(chunk);
    for (let request = running.pending[0]; request !== undefined; request = running.pending[0]) {
      const answer = running.answers.next(request.command === 'contents');
      if (answer === null) break;
      running.pending.shift();
      request.resolve(answer);
    }
    if (running !== this.#process) return;
    if (running.pending.length > 0) {
      this.#startTimer(TIME_LIMIT.tree, () => running.child.kill());
      return;
    }
    running.child.setKeepsAlive(false);
    this.#startTimer(IDLE_MS, () => this.close()).unref();
  }

  /** The process is gone. Reading has no effect, so what it had not answered is asked once more. */
  #handleExit(running: ReaderProcess, error: Error): void {
    if (running === this.#process) {
      this.#process = null;
      clearTimeout(this.#timer);
    }
    for (const request of running.pending.splice(0)) {
      if (request.retried || !(error instanceof GitError)) request.reject(error);
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
