import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import {
  answerPresenceQuestion,
  answerWorkerQuestion,
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
  #turn: Promise<void> = Promise.resolve();

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
   * @param othersCountOnIt whether another command holds the stack for the worker that runs
   */
  async provide(wish: RequestedWorker, othersCountOnIt: () => boolean): Promise<void> {
    const turn = this.#turn.then(async () =>
      this.#workerFor(wish, othersCountOnIt, await this.parts.foundations),
    );
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #workerFor(
    wish: RequestedWorker,
    othersCountOnIt: () => boolean,
    addresses: Foundations,
  ): Promise<void> {
    if (wish.need === 'present') {
      await this.#present(wish.any, addresses);
      return;
    }
    const answer = answerWorkerQuestion({
      need: wish.need,
      asked: workerSettings(wish.env),
      running: this.#worker?.settings,
      othersCountOnIt: othersCountOnIt(),
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
    await this.#up(addresses, wish.env);
  }

  async #present(any: boolean, addresses: Foundations): Promise<void> {
    switch (answerPresenceQuestion(any, this.#worker?.settings)) {
      case 'nobody':
        throw noWorker('No worker runs');
      case 'modelless':
        throw noWorker('The worker that runs has no model to call');
      case 'start':
      case 'use':
        await this.#up(addresses, this.env);
    }
  }

  /** The worker that runs, or one with these settings. */
  async #up(addresses: Foundations, env: Environment): Promise<void> {
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
