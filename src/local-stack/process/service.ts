import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { endProcess } from './process-identity.js';
import { decideRestart, NO_DEATHS, type RestartHistory } from './restart-policy.js';
import type { Ending, RunningProcess } from './spawn-service.js';
import type { ServiceName } from '../stack-file.js';

/** What the supervisor must know of a service. `Ready` is what its start tells, such as an address. */
export interface ServiceDefinition<Ready> {
  readonly name: ServiceName;
  readonly log: string;
  /** Starts one process. `previous` is what the last one told, so that it can come back at the same place. */
  launch(previous: Ready | undefined): Promise<RunningProcess>;
  /** Resolves when the process can be used. It need not watch for the process's end, nor bound its time. */
  ready(process: RunningProcess, signal: AbortSignal): Promise<Ready>;
  /** Milliseconds from launch to ready; what takes longer counts as dead. */
  readonly readyWithinMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds it has to end after `stopSignal`. */
  readonly stopGraceMs: number;
}

export interface ServiceHooks {
  /** A process of the service started, can be used, or is gone. */
  changed(): void;
  /** It died and will not be started again. */
  gaveUp(error: EnvironmentError): void;
  log(line: string): void;
}

/** Keeps one process running: starts it again when it dies, until it is stopped. */
export class Service<Ready> {
  #process: RunningProcess | undefined;
  #ready: Ready | undefined;
  #history: RestartHistory = NO_DEATHS;
  /** The start that is going on, or the last one. */
  #starting: Promise<Ready> | undefined;
  readonly #stopping = new AbortController();

  constructor(
    readonly definition: ServiceDefinition<Ready>,
    private readonly hooks: ServiceHooks,
  ) {}

  /** The process that runs now; undefined between two. */
  get process(): RunningProcess | undefined {
    return this.#process;
  }

  /** What its last start told; undefined before that. */
  get lastReady(): Ready | undefined {
    return this.#ready;
  }

  /** Starts it and waits until it can be used. Throws an EnvironmentError when it does not come up. */
  async start(): Promise<Ready> {
    const ready = await this.#startProcess();
    void this.#restartOnExit();
    return ready;
  }

  /** Ends it for good, also in the middle of its start; returns when its process is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { stopSignal, stopGraceMs } = this.definition;
    if (this.#process !== undefined) await endProcess(this.#process.identity, stopSignal, stopGraceMs);
    // A process that was just being spawned is ended by the start that spawned it.
    await this.#starting?.catch(() => undefined);
  }

  /** Tries until it is up, it has failed too often, or it is stopped. */
  #startProcess(): Promise<Ready> {
    this.#starting = this.#tryUntilReady();
    return this.#starting;
  }

  async #tryUntilReady(): Promise<Ready> {
    for (;;) {
      this.#stopping.signal.throwIfAborted();
      try {
        this.#ready = await this.#tryOnce();
        this.hooks.log(`${this.definition.name} is up`);
        this.hooks.changed();
        return this.#ready;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        // It says itself what is wrong and how to fix it: another try would say the same.
        if (error instanceof EnvironmentError) throw error;
        this.hooks.log(`${this.definition.name} did not start: ${messageOf(error)}`);
        await this.#pause(null, error);
      }
    }
  }

  async #tryOnce(): Promise<Ready> {
    const { definition } = this;
    const running = await definition.launch(this.#ready);
    this.#process = running;
    this.hooks.changed();
    void running.ended.then(() => {
      if (this.#process === running) this.#process = undefined;
      this.hooks.changed();
    });
    const over = new AbortController();
    try {
      // Stopped while it was being spawned: `stop` has not seen this process.
      this.#stopping.signal.throwIfAborted();
      return await Promise.race([
        definition.ready(running, over.signal),
        running.ended.then(async (ending) =>
          Promise.reject(new Error(await describeEnding(running, ending))),
        ),
        delay(definition.readyWithinMs, undefined, { signal: over.signal }).then(() =>
          Promise.reject(new Error(`it was not ready after ${definition.readyWithinMs / 1000} s`)),
        ),
      ]);
    } catch (error) {
      await endProcess(running.identity, definition.stopSignal, definition.stopGraceMs);
      throw error;
    } finally {
      over.abort();
    }
  }

  /** Starts it again each time it dies. */
  async #restartOnExit(): Promise<void> {
    for (;;) {
      const readyAt = performance.now();
      const running = this.#process;
      const ending = await running?.ended;
      if (this.#isStopping()) return;
      this.hooks.log(`${this.definition.name} ended with ${ending ?? 'no trace'}; starting it again`);
      const lived = performance.now() - readyAt;
      try {
        const cause = running === undefined ? 'it ended at once' : await describeEnding(running, ending);
        await this.#pause(lived, new Error(cause));
        await this.#startProcess();
      } catch (error) {
        // Stopped in the meantime: its start breaks off by an error too.
        if (!this.#isStopping()) this.hooks.gaveUp(this.#failure(error));
        return;
      }
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(readyForMs: number | null, cause: unknown): Promise<void> {
    const decision = decideRestart(this.#history, readyForMs);
    if (decision.type === 'give-up') throw this.#failure(cause);
    this.#history = decision.history;
    await delay(decision.afterMs, undefined, { signal: this.#stopping.signal });
  }

  #failure(cause: unknown): EnvironmentError {
    if (cause instanceof EnvironmentError) return cause;
    return new EnvironmentError(
      `${LABELS[this.definition.name]} does not stay up: ${messageOf(cause)}`,
      `Read ${this.definition.log}, fix what it names, and start again.`,
      { cause },
    );
  }
}

/** How a process ended, and the last it said: the log has the rest. */
async function describeEnding(running: RunningProcess, ending: Ending | undefined): Promise<string> {
  const words = await running.lastLogLine();
  return `it ended with ${ending ?? 'no trace'}${words === '' ? '' : `; its last words: ${words}`}`;
}

const LABELS: Readonly<Record<ServiceName, string>> = {
  postgres: 'PostgreSQL',
  temporal: 'The Temporal server',
  notifier: 'The notifier',
  worker: 'The worker',
};
