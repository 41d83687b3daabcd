import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import type { ChildCommands } from '../child-commands.js';
import { deferred } from '../../shared/async/deferred.js';
import {
  addressVariables,
  earlyEnvironment,
  embeddedNamespace,
  externalDatabase,
  hasExternalTemporal,
  probeDatabase,
  probeTemporal,
} from '../external-services.js';
import { howToRemoveHome } from '../home-layout.js';
import { checkListenAddress } from '../listen-check.js';
import { obtainStoredSecret, obtainToken } from '../../shared/network/token.js';
import { baseUrl, listenAddress } from '../../shared/network/listen-address.js';
import {
  createNotifierService,
  EarlyProcess,
  portsOf,
  createWorkerService,
  startNotifierProcess,
  startWorkerProcess,
  type NotifierEndpoint,
  type OwnProcessOptions,
} from './own-services.js';
import { createPostgresService } from '../postgres/postgres-service.js';
import type { DatabaseAddresses, Foundations, StackAddresses } from './host-protocol.js';
import { Service, type ServiceDefinition, type ServiceHooks } from '../process/service.js';
import { readPorts, writePorts, type Ports } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';
import { findTemporalBinary } from '../temporal/temporal-binary.js';
import { findNetworkNamespace } from '../temporal/network-namespace.js';
import { createTemporalService } from '../temporal/temporal-service.js';
import { findParentWatch, type ParentWatch } from '../process/parent-watch.js';

/**
 * Brings the database's schema up to date.
 * @param removeOlder what to do about a database of an older version
 */
export type Migrate = (databaseUrl: string, removeOlder?: string) => Promise<void>;

export interface PartsOptions {
  readonly paths: StackPaths;
  /** The host's environment, without model secrets. */
  readonly env: Environment;
  readonly childCommands: ChildCommands;
  readonly migrate: Migrate;
  readonly hooks: ServiceHooks;
  readonly onProgress: (text: string) => void;
}

/** A tool that the start was running ends within milliseconds. One that takes longer waits for another machine. */
const START_END_MS = 2_000;

/** Creates the secrets that are missing. @throws EnvironmentError for one that cannot be used, or created */
async function checkSecrets({ token, payloadKey }: StackPaths, env: Environment): Promise<void> {
  await obtainToken(token, env);
  if (!hasExternalTemporal(env)) await obtainStoredSecret(payloadKey, 'payload key');
}

/** A service, whatever its start reports. */
type Stoppable = Pick<Service<unknown>, 'stop' | 'process' | 'definition'>;

/** The stack's parts, embedded or external, and the worker. */
export class StackParts {
  readonly #running = new Map<string, Stoppable>();
  readonly #stopping = new AbortController();
  readonly #foundations = deferred<Foundations>();
  #addresses: StackAddresses | undefined;
  #notifier: Service<NotifierEndpoint> | undefined;
  #starting: Promise<StackAddresses> | undefined;
  #prepared: Promise<void> | undefined;
  #database: Promise<string> | undefined;
  #ports: Ports = {};
  #parentWatch: ParentWatch = () => (command) => command;
  /** The worker that was started early, for the environment of the command that needs it. */
  #earlyWorker: { readonly env: Environment; readonly process: EarlyProcess } | undefined;
  #earlyNotifier: EarlyProcess | undefined;

  constructor(private readonly options: PartsOptions) {
    // When no client needs a worker, nothing else handles the rejection.
    this.#foundations.promise.catch(() => undefined);
  }

  /** Undefined until `start` has completed. A restarted notifier may have another address. */
  get addresses(): StackAddresses | undefined {
    if (this.#addresses === undefined) return undefined;
    const { url: notifierUrl, temporalUi } = this.#notifier?.lastReady ?? {};
    const { temporal } = this.#addresses;
    return {
      ...this.#addresses,
      notifierUrl: notifierUrl ?? this.#addresses.notifierUrl,
      temporal: { ...temporal, uiUrl: temporalUi ?? temporal.uiUrl },
    };
  }

  /** The services that have a running process. */
  get processes() {
    return [...this.#running.values()].flatMap(({ process, definition }) =>
      process === undefined ? [] : [{ name: definition.name, ...process.identity }],
    );
  }

  /** Starts everything except the worker. @throws EnvironmentError when something is missing */
  start(): Promise<StackAddresses> {
    this.#starting = this.#start();
    this.#starting.catch((error: unknown) => this.#foundations.reject(error));
    return this.#starting;
  }

  /** Starts the database alone, unless it runs. @throws EnvironmentError when something is missing */
  async startDatabase(): Promise<DatabaseAddresses> {
    await this.#prepare();
    const databaseUrl = await this.#databaseUrl();
    const { addresses } = this;
    if (addresses !== undefined) return addresses;
    const { host, port } = listenAddress(this.options.env);
    const notifierUrl = baseUrl(host, this.#ports.notifier ?? port);
    return { databaseUrl, temporal: null, notifierUrl, hostPid: process.pid };
  }

  /** The services that a worker needs. They are known before the notifier is up, so that both start at the same time. */
  get foundations(): Promise<Foundations> {
    return this.#foundations.promise;
  }

  async #start(): Promise<StackAddresses> {
    const { options } = this;
    // First, so that what no service could use is reported before anything is started.
    await checkListenAddress(options.env);
    await checkSecrets(options.paths, options.env);
    await this.#prepare();
    const own = this.#notifierOptions();
    // A run waits for its worker, which takes longer to load than both servers to start: the notifier starts after them then.
    if (this.#earlyWorker === undefined)
      this.#earlyNotifier = new EarlyProcess(startNotifierProcess(own, this.#ports));
    const temporal = this.#startTemporal();
    const databaseUrl = this.#databaseUrl();
    // When one of them fails, the caller ends the other.
    const [server, url] = await Promise.all([temporal, databaseUrl]);
    this.#foundations.resolve({ databaseUrl: url, temporal: server });
    options.onProgress('starting the notifier…');
    const parts = { home: options.paths.home, databaseUrl: url, ...server };
    this.#notifier = this.#add(
      createNotifierService(
        { ...own, addresses: addressVariables(options.env, parts), early: this.#earlyNotifier },
        this.#ports,
      ),
    );
    const notifier = await this.#notifier.start();
    this.#ports = { ...this.#ports, ...portsOf(notifier) };
    await writePorts(options.paths.ports, this.#ports);
    this.#addresses = {
      databaseUrl: url,
      temporal: { ...server, uiUrl: notifier.temporalUi },
      notifierUrl: notifier.url,
      hostPid: process.pid,
    };
    return this.#addresses;
  }

  /** Starts the process of a worker before the servers are up, for the command that needs it first. */
  startWorkerEarly(env: Environment): void {
    this.#earlyWorker ??= {
      env,
      process: new EarlyProcess(this.#prepare().then(() => startWorkerProcess(this.#workerOptions(env)))),
    };
  }

  /** Starts a worker with the environment of the command that needs it. */
  async startWorker(addresses: Foundations, env: Environment): Promise<void> {
    const { options } = this;
    options.onProgress('starting a worker…');
    const { databaseUrl, temporal } = addresses;
    const early = this.#earlyWorker?.env === env ? this.#earlyWorker.process : undefined;
    await this.#run(
      createWorkerService({
        ...this.#workerOptions(env),
        addresses: addressVariables(env, { home: options.paths.home, databaseUrl, ...temporal }),
        early,
      }),
    );
  }

  #workerOptions(env: Environment): OwnProcessOptions {
    const { paths, childCommands } = this.options;
    return {
      paths,
      command: childCommands.worker,
      env: earlyEnvironment(env, paths.home),
      endWithHost: this.#parentWatch('TERM'),
    };
  }

  #notifierOptions(): OwnProcessOptions {
    const { paths, childCommands, env } = this.options;
    return {
      paths,
      command: childCommands.notifier,
      env: {
        ...earlyEnvironment(env, paths.home),
        // Internal: where the notifier finds the Temporal UI that it serves.
        LEADWRIGHT_TEMPORAL_UI: hasExternalTemporal(env) ? '' : paths.sockets.temporalUi,
      },
      endWithHost: this.#parentWatch('TERM'),
    };
  }

  async stopWorker(): Promise<void> {
    await this.#running.get('worker')?.stop();
    this.#running.delete('worker');
  }

  /** Ends everything, the worker and the notifier before the servers they use. Returns when every process has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    // Those that were started early and are not in use yet, or will never be.
    const early = [this.#earlyWorker?.process ?? [], this.#earlyNotifier ?? []].flat();
    await Promise.all([this.#stop('worker'), this.#stop('notifier')]);
    await Promise.all(early.map((process) => process.end()));
    await Promise.all([this.#stop('temporal'), this.#stop('postgres')]);
    await this.#awaitStarts();
  }

  /**
   * Kills everything at once, because the data is another machine's by now: an orderly shutdown would write to it. Returns
   * when every process has ended.
   */
  async kill(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name, 'SIGKILL')));
    await Promise.all([this.#earlyWorker?.process.end(), this.#earlyNotifier?.end()]);
    await this.#awaitStarts();
  }

  async #awaitStarts(): Promise<void> {
    // This also ends a start that was in progress. Only a migration of the user's own database may take longer.
    await Promise.race([
      Promise.allSettled([this.#starting, this.#database]),
      delay(START_END_MS, undefined, { ref: false }),
    ]);
  }

  async #stop(name: string, signal?: NodeJS.Signals): Promise<void> {
    await this.#running
      .get(name)
      ?.stop(signal)
      .catch((error: unknown) => {
        this.options.hooks.log(`${name} could not be ended: ${messageOf(error)}`);
      });
  }

  #prepare(): Promise<void> {
    return (this.#prepared ??= (async () => {
      this.#ports = await readPorts(this.options.paths.ports);
      this.#parentWatch = await findParentWatch(this.options.env);
    })());
  }

  #databaseUrl(): Promise<string> {
    return (this.#database ??= this.#startDatabase());
  }

  async #startDatabase(): Promise<string> {
    const { env, paths, migrate, onProgress } = this.options;
    let url = externalDatabase(env);
    if (url === undefined) {
      onProgress('starting PostgreSQL…');
      const definition = await createPostgresService({
        paths,
        env,
        endWithHost: this.#parentWatch('INT'),
        signal: this.#stopping.signal,
      });
      url = (await this.#run(definition)).databaseUrl;
    } else {
      await probeDatabase(url);
    }
    onProgress('preparing the database…');
    await migrate(url, externalDatabase(env) === undefined ? howToRemoveHome(paths.home) : undefined);
    return url;
  }

  async #startTemporal(): Promise<Foundations['temporal']> {
    const { env, paths, childCommands, onProgress } = this.options;
    if (hasExternalTemporal(env)) {
      return { ...(await probeTemporal(env)), embedded: false };
    }
    const signal = this.#stopping.signal;
    const binary = await findTemporalBinary({ home: paths.home, env, onProgress, signal });
    onProgress(`starting Temporal (server ${binary.serverVersion}, ${binary.path}, from ${binary.source})…`);
    const namespace = embeddedNamespace(env);
    const definition = await createTemporalService({
      paths,
      env,
      binary,
      namespace,
      port: this.#ports.temporal,
      relay: childCommands.temporalRelay,
      network: await findNetworkNamespace(env),
      parentWatch: this.#parentWatch,
    });
    const endpoint = await this.#run(definition);
    this.#ports = { ...this.#ports, temporal: endpoint.port };
    return { address: endpoint.address, namespace, embedded: true };
  }

  async #run<Ready>(definition: ServiceDefinition<Ready>): Promise<Ready> {
    return this.#add(definition).start();
  }

  #add<Ready>(definition: ServiceDefinition<Ready>): Service<Ready> {
    this.#stopping.signal.throwIfAborted();
    const service = new Service(definition, this.options.hooks);
    this.#running.set(definition.name, service);
    return service;
  }
}
