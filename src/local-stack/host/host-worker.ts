import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import {
  decidePresentWorker,
  decideWorker,
  workerSettings,
  type WorkerSettings,
} from '../worker-settings.js';
import type { Foundations, StackParts } from './stack-parts.js';
import type { ClientMessage } from './host-protocol.js';

/** What a command that holds the stack wants of its worker. */
export type RequestedWorker = Exclude<Extract<ClientMessage, { type: 'hold' }>['worker'], { need: 'none' }>;

/** The worker of a host: which one runs, and for whom it is started, replaced or refused. */
export class HostWorker {
  #worker: { readonly settings: WorkerSettings; readonly up: Promise<void> } | undefined;
  /** One command after the other. */
  #queue: Promise<void> = Promise.resolve();

  /** @param env for a worker that somebody needs who brings no settings of their own */
  constructor(
    private readonly parts: Pick<StackParts, 'foundations' | 'startWorker' | 'stopWorker'>,
    private readonly env: Environment,
    private readonly openWork: (databaseUrl: string) => Promise<boolean | 'unknown'>,
  ) {}

  get runs(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * A worker as it is wished for. Throws an EnvironmentError when it cannot be had.
   * @param usedByOthers whether another command holds the stack for the worker that runs
   */
  async provide(request: RequestedWorker, usedByOthers: () => boolean): Promise<void> {
    const turn = this.#queue.then(async () =>
      this.#provideWorker(request, usedByOthers, await this.parts.foundations),
    );
    this.#queue = turn.catch(() => undefined);
    await turn;
  }

  async #provideWorker(
    request: RequestedWorker,
    usedByOthers: () => boolean,
    addresses: Foundations,
  ): Promise<void> {
    if (request.need === 'present') {
      await this.#providePresent(request.any, addresses);
      return;
    }
    const answer = decideWorker({
      need: request.need,
      requested: workerSettings(request.env),
      running: this.#worker?.settings,
      usedByOthers: usedByOthers(),
      // No worker is taken from a run because nobody could say whether there is one.
      openWork: this.#worker !== undefined && (await this.openWork(addresses.databaseUrl)) !== false,
    });
    switch (answer) {
      case 'refuse':
        throw otherSettings(process.pid);
      case 'replace':
        await this.#stop();
        break;
      case 'use':
      case 'start':
        break;
    }
    await this.#useOrStart(addresses, request.env);
  }

  async #providePresent(any: boolean, addresses: Foundations): Promise<void> {
    switch (decidePresentWorker(any, this.#worker?.settings)) {
      case 'nobody':
        throw noWorker('No worker runs');
      case 'modelless':
        throw noWorker('The worker that runs has no model to call');
      case 'start':
      case 'use':
        await this.#useOrStart(addresses, this.env);
    }
  }

  /** The worker that runs, or one with these settings. */
  async #useOrStart(addresses: Foundations, env: Environment): Promise<void> {
    this.#worker ??= { settings: workerSettings(env), up: this.parts.startWorker(addresses, env) };
    try {
      await this.#worker.up;
    } catch (error) {
      await this.#stop();
      throw error;
    }
  }

  async #stop(): Promise<void> {
    await this.parts.stopWorker();
    this.#worker = undefined;
  }
}

function otherSettings(pid: number): EnvironmentError {
  return new EnvironmentError(
    'A worker is running with other model settings (ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, LEADWRIGHT_MODEL, or LEADWRIGHT_WEBHOOK_…) or another sandbox (LEADWRIGHT_SANDBOX…, LEADWRIGHT_TOOL_CHAINS) than yours.',
    `Use the same settings, wait until its runs are done and its commands have left, or end that stack (\`kill ${pid}\`; its runs go on when it is started again).`,
  );
}

function noWorker(why: string): EnvironmentError {
  return new EnvironmentError(
    `${why}: nobody would go on with this run.`,
    'Start `leadwright up` with ANTHROPIC_API_KEY (or ANTHROPIC_BASE_URL) set, and try again.',
  );
}
