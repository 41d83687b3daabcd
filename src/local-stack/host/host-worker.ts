import type { Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import {
  decidePresentWorker,
  decideWorker,
  workerSettings,
  type WorkerSettings,
} from '../worker-settings.js';
import { hasOwnServices } from '../external-services.js';
import type { StackParts } from './stack-parts.js';
import type { ClientMessage, Foundations } from './host-protocol.js';

/** A command's request for a worker, as part of its hold. */
export type RequestedWorker = Exclude<Extract<ClientMessage, { type: 'hold' }>['worker'], { need: 'none' }>;

/** The worker of a host. Starts, replaces or refuses it for the commands that need one. */
export class HostWorker {
  #worker: { readonly settings: WorkerSettings; readonly up: Promise<void> } | undefined;
  /** Requests are handled one after the other. */
  #queue: Promise<void> = Promise.resolve();

  /** @param env for a worker that is started for a client without settings of its own */
  constructor(
    private readonly parts: Pick<
      StackParts,
      'foundations' | 'startWorkerEarly' | 'startWorker' | 'stopWorker'
    >,
    private readonly env: Environment,
    private readonly openWork: (databaseUrl: string) => Promise<boolean | 'unknown'>,
  ) {}

  get runs(): boolean {
    return this.#worker !== undefined;
  }

  /**
   * Makes sure that the requested worker runs.
   * @param usedByOthers whether another command uses the running worker
   * @throws EnvironmentError when the request is refused or the worker does not start
   */
  async provide(request: RequestedWorker, usedByOthers: () => boolean): Promise<void> {
    if (request.need !== 'present' && this.#worker === undefined) this.parts.startWorkerEarly(request.env);
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
      // Unknown counts as open work, so that no worker is taken from a run.
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
        throw noWorker('No worker runs', this.env);
      case 'modelless':
        throw noWorker('The worker that runs has no model to call', this.env);
      case 'start':
      case 'use':
        await this.#useOrStart(addresses, this.env);
    }
  }

  /** Uses the running worker, or starts one with these settings. */
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
    'A worker is running with other model settings (LEADWRIGHT_PROVIDER and its variables, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, LEADWRIGHT_MODEL, or LEADWRIGHT_WEBHOOK_…), another sandbox (LEADWRIGHT_SANDBOX…, LEADWRIGHT_TOOL_CHAINS, LEADWRIGHT_SETUP_ALLOW) or other proxies (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY) than yours.',
    `Use the same settings, wait until its runs and commands have ended, or end that stack (\`kill ${pid}\`; its runs continue when it is started again).`,
  );
}

function noWorker(why: string, env: Environment): EnvironmentError {
  const start = hasOwnServices(env) ? 'Start a worker (`leadwright worker`)' : 'Run `leadwright up`';
  return new EnvironmentError(
    `${why}, so this run could not continue.`,
    `${start} with ANTHROPIC_API_KEY (or ANTHROPIC_BASE_URL, or LEADWRIGHT_PROVIDER and its variables) set, and try again.`,
  );
}
