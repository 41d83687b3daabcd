import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { withoutTemporalData } from '../../shared/words/without-temporal-data.js';
import { explainWithDisk, findShortage } from '../home-space.js';
import { endProcess } from './process-identity.js';
import { decideRestart, NO_DEATHS, type RestartHistory } from './restart-policy.js';
import type { Ending, RunningProcess } from './spawn-service.js';
import type { ServiceName } from '../stack-file.js';

/** How to start and stop a service. `Ready` is what a successful start reports, such as an address. */
export interface ServiceDefinition<Ready> {
  readonly name: ServiceName;
  /** The file of its log, in the home's folder of logs. */
  readonly log: string;
  /** Starts one process. `previous` is what the last start reported, so that the new process can use the same address. */
  launch(previous: Ready | undefined): Promise<RunningProcess>;
  /** Resolves when the process can be used. Its caller watches for the process's end and limits the time. */
  ready(process: RunningProcess, signal: AbortSignal): Promise<Ready>;
  /** The longest time from launch to ready, in milliseconds. A process that takes longer is ended. */
  readonly readyWithinMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** Milliseconds from `stopSignal` to SIGKILL. */
  readonly stopGraceMs: number;
}

export interface ServiceHooks {
  /** A process of the service has started, has become ready, or has ended. */
  changed(): void;
  /** The service died and is not started again. */
  gaveUp(error: EnvironmentError): void;
  log(line: string): void;
}

/** It only has to notice; a busy machine takes a hundred times that. */
const WRAPPER_END_MS = 2_000;

/** Keeps one process running: restarts it when it dies, until the service is stopped. */
export class Service<Ready> {
  #process: RunningProcess | undefined;
  #ready: Ready | undefined;
  #history: RestartHistory = NO_DEATHS;
  /** The current or last start. */
  #starting: Promise<Ready> | undefined;
  readonly #stopping = new AbortController();

  constructor(
    readonly definition: ServiceDefinition<Ready>,
    private readonly hooks: ServiceHooks,
  ) {}

  /** The running process; undefined while there is none. */
  get process(): RunningProcess | undefined {
    return this.#process;
  }

  /** What the last successful start reported; undefined before the first. */
  get lastReady(): Ready | undefined {
    return this.#ready;
  }

  /** Starts the service and waits until it can be used. @throws EnvironmentError when it does not start */
  async start(): Promise<Ready> {
    const ready = await this.#startProcess();
    void this.#restartOnExit();
    return ready;
  }

  /** Stops the service for good, also in the middle of its start. Returns when its process has ended. */
  async stop(signal = this.definition.stopSignal): Promise<void> {
    this.#stopping.abort();
    if (this.#process !== undefined) await this.#end(this.#process, signal);
    // A process that is being spawned at this moment is ended by #tryOnce.
    await this.#starting?.catch(() => undefined);
  }

  /** Tries until the service is ready, has failed too often, or is stopped. */
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
        // The error says how to fix it, and another try would fail in the same way.
        if (error instanceof EnvironmentError) throw error;
        this.hooks.log(`${this.definition.name} did not start: ${messageOf(error)}`);
        if (await this.#isKeptDownByDisk()) throw await this.#failure(error);
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
    const settled = new AbortController();
    try {
      // When the service was stopped during the spawn, `stop` has not seen this process.
      this.#stopping.signal.throwIfAborted();
      return await Promise.race([
        definition.ready(running, settled.signal),
        running.ended.then(async (ending) =>
          Promise.reject(new Error(await describeEnding(running, ending))),
        ),
        delay(definition.readyWithinMs, undefined, { signal: settled.signal }).then(() =>
          Promise.reject(new Error(`it was not ready after ${definition.readyWithinMs / 1000} s`)),
        ),
      ]);
    } catch (error) {
      await this.#end(running);
      throw error;
    } finally {
      settled.abort();
    }
  }

  /** Restarts the process each time it dies. */
  async #restartOnExit(): Promise<void> {
    for (;;) {
      const readyAt = performance.now();
      const running = this.#process;
      const ending = await running?.ended;
      if (this.#isStopping()) return;
      this.hooks.log(`${this.definition.name} ended with ${ending ?? 'no exit code'}; restarting it`);
      const lived = performance.now() - readyAt;
      try {
        const cause = running === undefined ? 'it ended at once' : await describeEnding(running, ending);
        await this.#pause(lived, new Error(cause));
        await this.#startProcess();
      } catch (error) {
        // A stop in the meantime also ends the start with an error.
        if (!this.#isStopping()) this.hooks.gaveUp(await this.#failure(error));
        return;
      }
    }
  }

  async #end(running: RunningProcess, signal = this.definition.stopSignal): Promise<void> {
    await endProcess(running.identity, signal, this.definition.stopGraceMs);
    // A process around it ends right after it. One that does not is stopped, and must not hold up the others.
    await Promise.race([running.ended, delay(WRAPPER_END_MS, undefined, { ref: false })]);
  }

  /**
   * Whether the first start failed on a full disk: a person waits, and another try would fail in the same way. A service
   * that was up before is started again, because space may become free.
   */
  async #isKeptDownByDisk(): Promise<boolean> {
    return this.#ready === undefined && (await findShortage(homeOf(this.definition)))?.stops === true;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(readyForMs: number | null, cause: unknown): Promise<void> {
    const decision = decideRestart(this.#history, readyForMs);
    if (decision.type === 'give-up') throw await this.#failure(cause);
    this.#history = decision.history;
    await delay(decision.afterMs, undefined, { signal: this.#stopping.signal });
  }

  async #failure(cause: unknown): Promise<EnvironmentError> {
    if (cause instanceof EnvironmentError) return cause;
    const { name, log } = this.definition;
    const home = homeOf(this.definition);
    const said = messageOf(cause);
    const { message, fix } = await explainWithDisk(home, {
      message: `${LABELS[name]} does not stay up: ${said}`,
      fix: howToRepair(name, said, home) ?? `Read ${log}, fix what it names, and start again.`,
    });
    return new EnvironmentError(message, fix, { cause });
  }
}

/** What to do about data that a service cannot read; null when it failed for another reason. */
function howToRepair(name: ServiceName, said: string, home: string): string | null {
  if (name === 'temporal' && DAMAGED_DATABASE.test(said))
    return `Its database is damaged. Restore a backup. Without one, ${withoutTemporalData(join(home, 'temporal'))}`;
  // The doctor names the folder, and starts no worker.
  if (/the git store .* is damaged/.test(said))
    return 'See how to restore the git store with:  leadwright doctor';
  return null;
}

function homeOf({ log }: Pick<ServiceDefinition<unknown>, 'log'>): string {
  return dirname(dirname(log));
}

/** What SQLite says of a file that was cut off or overwritten. */
const DAMAGED_DATABASE = /database disk image is malformed|file is not a database/;

/** How a process ended, with the line of its log that says why. */
async function describeEnding(running: RunningProcess, ending: Ending | undefined): Promise<string> {
  const line = await running.lastLogLine();
  return `it ended with ${ending ?? 'no exit code'}${line === '' ? '' : `; its log says: ${line}`}`;
}

const LABELS: Readonly<Record<ServiceName, string>> = {
  postgres: 'PostgreSQL',
  temporal: 'The Temporal server',
  notifier: 'The notifier',
  worker: 'The worker',
};
