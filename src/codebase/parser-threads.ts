/** Threads that parse files. A file that makes one hang or crash costs that thread, never this process. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../contract/errors.js';
import { packageRoot } from '../shared/files/package-root.js';
import type { ParseAnswer, ParseRequest, ParserData } from './parser-thread.js';
import { NO_RECORD } from './read-text.js';
import { encodeRecord, type EncodedRecord } from './record.js';

/** The build's: a thread does not load TypeScript. */
const THREAD = join(packageRoot, 'dist', 'bundle', 'parser-thread.js');
/** The compiled grammars, which the build copies there. */
export const GRAMMARS = join(packageRoot, 'dist', 'bundle', 'grammars');

/**
 * Milliseconds after which a thread that gives no answer is ended. It stops parsing by itself after five seconds of
 * processor time at most, so it hangs inside of a grammar, or this machine is very busy.
 */
const HANG_MS = 30_000;

/** Milliseconds without work after which the threads are ended: the grammars in one take up to 150 MB. */
const IDLE_MS = 30_000;

/** The same for threads that have parsed many files, of a whole repository: what follows, ranking, needs that memory. */
const IDLE_AFTER_MANY_MS = 200;
const MANY_FILES = 1_000;

/**
 * Milliseconds that files may waste by being too slow or crashing, until there is nothing more to do. After that the
 * files that wait count by their words only, and after twice the time not at all: a repository of a thousand hostile
 * files would take hours.
 */
const WASTE_MS = 60_000;

/** What a crash wastes beside its file's time: the next thread loads its grammars anew. */
const RESTART_MS = 500;

/** Threads in a row that die before they parse anything, after which it is clear that threads cannot run here. */
const MAX_CRASHES = 10;

/** Files handed to a thread ahead, so that it never waits for this one. */
const AHEAD = 4;

/** MB of a thread's heap, without the parser's memory. The largest file and its facts take a third. */
const HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

/** With more threads, reading from git is the bottleneck, and nothing is left for the tests that run meanwhile. */
const MAX_THREADS = Math.min(2, availableParallelism());

export interface ParsedFile extends EncodedRecord {
  /** False when it was not parsed because of other files: it may be tried again another time. */
  readonly isFinal: boolean;
}

interface Job {
  /** False once a thread died over it before it began to parse. */
  readonly isFinal: boolean;
  readonly read: () => Promise<Uint8Array | null>;
  readonly language: string | null;
  readonly resolve: (file: ParsedFile | null) => void;
  readonly reject: (error: unknown) => void;
}

interface Task extends ParseRequest {
  readonly job: Job;
}

interface Thread {
  readonly worker: Worker;
  /** In the order in which it answers. */
  readonly tasks: Task[];
  /** How many files it has begun to parse, and how many it has answered. */
  readonly started: Int32Array;
  answered: number;
  /** Files that are read from git for it. */
  reading: number;
  timer: NodeJS.Timeout | undefined;
  since: number;
}

export class ParserThreads {
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #wastedMs = 0;
  #crashes = 0;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(private readonly options = { thread: THREAD, hangMs: HANG_MS, wasteMs: WASTE_MS }) {}

  /**
   * Parses a file. Threads are started when there is work for them.
   * @param read called when a thread has time, so that few files are in memory; null when the file must not be parsed
   * @param language null to count its words only
   * @returns null when `read` does
   * @throws whatever `read` throws; an error once it is closed
   */
  parse(read: () => Promise<Uint8Array | null>, language: string | null): Promise<ParsedFile | null> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(closed());
        return;
      }
      this.#waiting.push({ isFinal: true, read, language, resolve, reject });
      this.#handOut();
    });
  }

  /** Ends the threads. Files that wait are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#rejectWaiting(closed());
    for (const { job } of [...this.#threads].flatMap(({ tasks }) => tasks)) job.reject(closed());
    await this.#end();
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const { timer } of threads) clearTimeout(timer);
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #handOut(): void {
    clearTimeout(this.#idle);
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const thread = this.#freeThread();
      if (thread === null) return;
      this.#waiting.shift();
      void this.#prepare(thread, job);
    }
  }

  /** The thread with the least to do; null when each has enough. */
  #freeThread(): Thread | null {
    const [best] = [...this.#threads].sort((a, b) => loadOf(a) - loadOf(b));
    if (best !== undefined && loadOf(best) === 0) return best;
    if (this.#threads.size < MAX_THREADS && (best === undefined || loadOf(best) >= AHEAD))
      return this.#start();
    return best !== undefined && loadOf(best) < AHEAD ? best : null;
  }

  async #prepare(thread: Thread, job: Job): Promise<void> {
    thread.reading++;
    const bytes = await job.read().catch(job.reject);
    thread.reading--;
    if (bytes === null) job.resolve(null);
    if (bytes instanceof Uint8Array) this.#judge(thread, job, bytes);
    this.#handOut();
    this.#rest();
  }

  /** Hands a file to a thread, unless too much time was wasted. */
  #judge(thread: Thread, job: Job, bytes: Uint8Array): void {
    const { wasteMs } = this.options;
    if (this.#wastedMs >= 2 * wasteMs) {
      job.resolve({ ...encodeRecord(NO_RECORD), isFinal: false });
      return;
    }
    const language = this.#wastedMs < wasteMs ? job.language : null;
    this.#send(thread, { bytes, language, job });
  }

  #start(): Thread {
    const started = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(this.options.thread, {
      name: 'code index',
      // It reads what a repository contains, and needs no secret of this process.
      env: {},
      workerData: { grammars: GRAMMARS, started } satisfies ParserData,
      resourceLimits: HEAP,
    });
    const thread: Thread = {
      worker,
      tasks: [],
      started,
      answered: 0,
      reading: 0,
      timer: undefined,
      since: 0,
    };
    worker.on('message', (answer: ParseAnswer) => this.#receive(thread, answer));
    const replace = (why: unknown): void => this.#replace(thread, why);
    worker.on('error', replace);
    worker.on('exit', replace);
    worker.unref();
    this.#threads.add(thread);
    return thread;
  }

  #send(thread: Thread, task: Task): void {
    // It was ended while the file was read.
    if (!this.#threads.has(thread)) {
      this.#waiting.unshift(task.job);
      if (this.#closed) this.#rejectWaiting(closed());
      return;
    }
    const { bytes, language } = task;
    // Handed over: a small buffer is a part of a larger one, all of which would be copied.
    const own = new Uint8Array(bytes);
    thread.worker.postMessage({ bytes: own, language } satisfies ParseRequest, [own.buffer]);
    if (thread.tasks.push(task) > 1) return;
    thread.worker.ref();
    this.#watch(thread);
  }

  #watch(thread: Thread): void {
    thread.since = performance.now();
    thread.timer = setTimeout(() => this.#replace(thread, 'it hangs'), this.options.hangMs);
  }

  #receive(thread: Thread, { wastedMs, ...record }: ParseAnswer): void {
    clearTimeout(thread.timer);
    const task = thread.tasks.shift();
    thread.answered++;
    this.#crashes = 0;
    this.#wastedMs += wastedMs;
    if (thread.tasks.length > 0) this.#watch(thread);
    else thread.worker.unref();
    task?.job.resolve({ ...record, isFinal: isFinal(task) });
    this.#handOut();
    this.#rest();
  }

  /** Ends a thread that hangs or crashed: the file that it was parsing is at fault, and counts by its words only, or not at all. */
  #replace(thread: Thread, why: unknown): void {
    if (!this.#threads.delete(thread)) return;
    clearTimeout(thread.timer);
    void thread.worker.terminate();
    // Answers may have been lost with it.
    const begun = Atomics.load(thread.started, 0) - thread.answered;
    const hasStarted = begun > 0;
    const [atFault] = thread.tasks.splice(Math.max(begun - 1, 0), 1);
    this.#waiting.unshift(...thread.tasks.splice(0).map(({ job }) => job));
    if (atFault !== undefined) {
      this.#wastedMs += performance.now() - thread.since + RESTART_MS;
      this.#retry(atFault, hasStarted);
    }
    if (hasStarted) this.#crashes = 0;
    else if (++this.#crashes >= MAX_CRASHES)
      this.#rejectWaiting(new Error(`the code index cannot parse: ${messageOf(why)}`, { cause: why }));
    this.#handOut();
    this.#rest();
  }

  /** A thread that died before it parsed the file (its grammar is missing, no memory) says nothing about the file. */
  #retry(task: Task, hasStarted: boolean): void {
    const { job, language } = task;
    if (language !== null)
      this.#waiting.unshift({ ...job, language: null, isFinal: job.isFinal && hasStarted });
    else job.resolve({ ...encodeRecord(NO_RECORD), isFinal: isFinal(task) && hasStarted });
  }

  /** Once all work is done, ends the threads after a while. */
  #rest(): void {
    if (this.#waiting.length > 0 || [...this.#threads].some((thread) => loadOf(thread) > 0)) return;
    this.#wastedMs = 0;
    clearTimeout(this.#idle);
    const hasGrown = [...this.#threads].some(({ answered }) => answered >= MANY_FILES);
    this.#idle = setTimeout(() => void this.#end(), hasGrown ? IDLE_AFTER_MANY_MS : IDLE_MS).unref();
  }
}

function closed(): Error {
  return new Error('the code index was closed');
}

/** Whether the file was parsed as it should be, whatever other files did. */
function isFinal({ job, language }: Task): boolean {
  return job.isFinal && language === job.language;
}

function loadOf({ tasks, reading }: Thread): number {
  return tasks.length + reading;
}
