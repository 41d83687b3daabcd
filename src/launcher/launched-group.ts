/** A process that a launcher starts, as the worker sees it. */
import { Socket } from 'node:net';
import { Writable, type Readable } from 'node:stream';
import { deferred } from '../shared/async/deferred.js';
import {
  LostProcessError,
  setReferenced,
  unlessAwaited,
  type Group,
  type GroupExit,
  type GroupCommand,
} from '../shared/process/group.js';
import { headerOf, type Report } from './protocol.js';

/** How a group reaches its launcher. */
export interface Line {
  kill(): void;
  /** Asks whether the process still starts, or has started, although a connection was closed. */
  closed(): void;
  release(): void;
  /** Called when `keepsAlive` may have changed while it runs. */
  kept(): void;
}

export class LaunchedGroup implements Group {
  readonly #started = deferred<number>();
  readonly #exited = deferred<GroupExit>();
  readonly #sockets = new Map<number, Socket>();
  readonly #inputs = new Map<number, Writable>();
  readonly started = unlessAwaited(this.#started.promise);
  readonly exited = unlessAwaited(this.#exited.promise);
  readonly closed: Promise<GroupExit>;
  /** Null before it has started. */
  pid: number | null = null;
  #isSettled = false;
  #keepsAlive = true;

  constructor(
    readonly id: string,
    readonly command: GroupCommand,
    private readonly line: Line,
  ) {
    const ends: Promise<void>[] = [];
    command.channels.forEach((channel, descriptor) => {
      if (channel === 'ignore' || channel === 'lifeline') return;
      const socket = new Socket();
      // Whether a broken pipe matters is said by the exit code.
      socket.on('error', () => undefined);
      this.#sockets.set(descriptor, socket);
      if (channel === 'input') this.#inputs.set(descriptor, new HeldInput(socket, this.started));
      else ends.push(new Promise((resolve) => socket.once('close', () => resolve())));
    });
    this.closed = unlessAwaited(
      this.exited.then(async (exit) => {
        await Promise.all(ends);
        return exit;
      }),
    );
  }

  /**
   * Connects its channels to the launcher, which starts it once it has all of them.
   * @param onUnreachable called after it has failed because the launcher does not accept a connection
   */
  connect(path: string, onUnreachable: (error: NodeJS.ErrnoException) => void): void {
    for (const [descriptor, socket] of this.#sockets) {
      const fail = (error: NodeJS.ErrnoException): void => {
        if (this.#isSettled) return;
        this.line.kill();
        this.fail(new LostProcessError(`the launcher cannot be reached: ${error.message}`));
        onUnreachable(error);
      };
      socket.once('error', fail);
      // A launcher without descriptors accepts a connection and closes it. Or the process was faster than the report of
      // its start: only the launcher can tell.
      socket.once('close', () => {
        if (this.pid === null && !this.#isSettled) this.line.closed();
      });
      socket.connect(path, () => {
        socket.off('error', fail);
        socket.write(headerOf(this.id, descriptor));
      });
    }
  }

  /** Whether it has ended, or will not start. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether this process must not end before the launcher has reported its end. */
  get keepsAlive(): boolean {
    return this.#keepsAlive && !this.#isSettled;
  }

  /** @returns whether it has come to its end */
  receive(report: Exclude<Report, { readonly type: 'ready' }>): boolean {
    switch (report.type) {
      case 'started':
        this.pid = report.pid;
        this.#started.resolve(report.pid);
        return false;
      case 'failed':
        this.fail(Object.assign(new Error(report.message), { code: report.code }));
        return true;
      case 'lost':
        this.fail(new LostProcessError(`the launcher closed a connection of ${this.command.command}`));
        return true;
      case 'exited':
        this.#exit({ code: report.code, signal: report.signal, isLate: report.isLate });
        return true;
    }
  }

  /** It did not start, or nobody knows how it ended. */
  fail(error: Error): void {
    this.#isSettled = true;
    this.#started.reject(error);
    this.#exited.reject(error);
    for (const socket of this.#sockets.values()) socket.destroy(error);
  }

  #exit(exit: GroupExit): void {
    this.#isSettled = true;
    this.#started.reject(new LostProcessError(`${this.command.command} was killed before it started`));
    // Nothing was printed by what did not start, and nobody reads what was written to what has ended.
    const over = this.pid === null ? this.#sockets.keys() : this.#inputs.keys();
    for (const descriptor of over) this.#sockets.get(descriptor)?.destroy();
    this.#exited.resolve(exit);
    // After those who wait for the exit: without a reader, nothing would come to its end.
    setImmediate(() => {
      for (const socket of this.#sockets.values()) if (socket.readableFlowing === null) socket.resume();
    });
  }

  input(descriptor: number): Writable {
    return this.#inputs.get(descriptor) ?? this.#missing(descriptor);
  }

  output(descriptor: number): Readable {
    return this.#sockets.get(descriptor) ?? this.#missing(descriptor);
  }

  #missing(descriptor: number): never {
    throw new Error(`descriptor ${descriptor} of ${this.command.command} is not a pipe`);
  }

  kill(): void {
    if (!this.#isSettled) this.line.kill();
  }

  release(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
    if (this.command.channels.includes('lifeline')) this.line.release();
  }

  setKeepsAlive(keepsAlive: boolean): void {
    this.#keepsAlive = keepsAlive;
    this.line.kept();
    for (const socket of this.#sockets.values()) setReferenced(socket, keepsAlive);
  }
}

/** Writes to a process once it has started: before that, the launcher would read it. */
class HeldInput extends Writable {
  constructor(
    private readonly socket: Socket,
    started: Promise<unknown>,
  ) {
    super({
      construct: (done) => {
        started.then(
          () => done(),
          () => done(),
        );
      },
    });
    this.on('error', () => undefined);
    socket.once('close', () => this.destroy());
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}
