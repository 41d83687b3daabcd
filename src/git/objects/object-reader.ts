import { messageOf } from '../../contract/errors.js';
import { BatchAnswers, type BatchAnswer } from './batch-answers.js';
import type { Child } from '../../shared/child-process.js';
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
  readonly again: boolean;
}

interface Running {
  readonly child: Child;
  readonly waiting: Request[];
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
  #running: Running | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly gitDir: string) {}

  /** What a full sha or a full ref name points to; null when there is no such thing. */
  async info(name: string): Promise<ObjectInfo | null> {
    const answer = await this.#ask('info', name);
    return answer.kind === 'info' ? answer : null;
  }

  /** The bytes of an object; null when there is none. RangeError over MAX_FILE_BYTES. */
  async read(sha: string): Promise<Buffer | null> {
    const answer = await this.#ask('contents', sha);
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
    const running = this.#running;
    this.#running = null;
    running?.child.kill();
    for (const request of running?.waiting.splice(0) ?? [])
      request.reject(new Error('the reader was closed'));
  }

  #ask(command: Request['command'], name: string): Promise<BatchAnswer> {
    // Revision syntax would be understood too, and a line break would be a second request.
    if (!/^[A-Za-z0-9._/-]+$/.test(name) || name.includes('..')) {
      throw new TypeError(`${JSON.stringify(name)} is not the name of an object`);
    }
    return new Promise((resolve, reject) => this.#send({ command, name, resolve, reject, again: false }));
  }

  #send(request: Request): void {
    this.#running ??= this.#start();
    const { child, waiting } = this.#running;
    if (waiting.push(request) === 1) {
      child.setHolding(true);
      this.#expect(TIME_LIMIT.tree, () => child.kill());
    }
    child.stdin.write(`${request.command} ${request.name}\n`);
  }

  #start(): Running {
    const child = startGit({
      gitDir: this.gitDir,
      args: ['cat-file', '--batch-command'],
      // It lives as long as it is used; each wait for an answer has its own limit.
      timeLimitMs: Infinity,
    });
    const running: Running = { child, waiting: [], answers: new BatchAnswers(MAX_FILE_BYTES) };
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        this.#receive(running, chunk);
      } catch (error) {
        this.#lost(running, asError(error));
        child.kill();
      }
    });
    child.ended.then(
      ({ exitCode, stderr }) => this.#lost(running, new GitError('git cat-file', exitCode, stderr)),
      (error: unknown) => this.#lost(running, asError(error)),
    );
    return running;
  }

  #receive(running: Running, chunk: Buffer): void {
    running.answers.add(chunk);
    for (let request = running.waiting[0]; request !== undefined; request = running.waiting[0]) {
      const answer = running.answers.next(request.command === 'contents');
      if (answer === null) break;
      running.waiting.shift();
      request.resolve(answer);
    }
    if (running !== this.#running) return;
    if (running.waiting.length > 0) {
      this.#expect(TIME_LIMIT.tree, () => running.child.kill());
      return;
    }
    running.child.setHolding(false);
    this.#expect(IDLE_MS, () => this.close()).unref();
  }

  /** The process is gone. Reading has no effect, so what it had not answered is asked once more. */
  #lost(running: Running, error: Error): void {
    if (running === this.#running) {
      this.#running = null;
      clearTimeout(this.#timer);
    }
    for (const request of running.waiting.splice(0)) {
      if (request.again || !(error instanceof GitError)) request.reject(error);
      else this.#send({ ...request, again: true });
    }
  }

  #expect(ms: number, action: () => void): NodeJS.Timeout {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
    return this.#timer;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
