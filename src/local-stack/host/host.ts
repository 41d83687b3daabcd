import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import type { ChildCommands } from '../child-commands.js';
import { deferred } from '../../shared/async/deferred.js';
import { realHome } from '../../shared/network/sockets.js';
import { openHostSocket, type ClientRequest, type HostClient, type HostSocket } from './host-socket.js';
import { partsFingerprint } from '../external-services.js';
import { decideLife, endsForSilence, type OpenWork } from './decide-life.js';
import { HostWorker } from './host-worker.js';
import { takenElsewhere } from './presence-lock.js';
import { withoutModelSecrets } from '../worker-settings.js';
import { StackParts, type Migrate } from './stack-parts.js';
import { identityOf } from '../process/process-identity.js';
import type { ClientMessage, HostMessage, StackAddresses } from './host-protocol.js';
import { codeBuild } from '../code-build.js';
import { explainDiskError } from '../home-space.js';
import { writeStackFile } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';

export interface HostOptions {
  readonly paths: StackPaths;
  readonly env: Environment;
  readonly childCommands: ChildCommands;
  readonly migrate: Migrate;
  /** Whether a run is open and not only waiting for a person. */
  readonly hasOpenWork: (databaseUrl: string) => Promise<boolean>;
  readonly log: (line: string) => void;
  /** Milliseconds between two checks of open work; 2,000 by default. For tests. */
  readonly pollMs?: number | undefined;
}

type Hold = Extract<ClientMessage, { type: 'hold' }>;

/**
 * How often open work is checked: often enough that a stack ends within 20 s of its last run (its shutdown may take 16
 * of them), and seldom enough to cost nothing.
 */
const POLL_MS = 2_000;
/** Soon enough that a person does not wait, and one system call costs nothing. */
const SOCKET_CHECK_MS = 1_000;
/** The command that started the host connects as soon as it listens. One that has not connected by now was killed. */
const FIRST_HOLD_MS = 10_000;

/** The running stack of one home: who holds it, its parts, and when it ends. */
export class Host {
  readonly #parts: StackParts;
  readonly #env: Record<string, string>;
  readonly #fingerprint: string;
  readonly #worker: HostWorker;
  readonly #holders = new Map<HostClient, Hold>();
  readonly #startedAt = new Date().toISOString();
  #starting: Promise<StackAddresses> | undefined;
  #lastProgress = '';
  #watching = false;
  #socket: HostSocket | undefined;
  #ended: Promise<void> | undefined;
  #written: Promise<void> = Promise.resolve();
  readonly #ending = deferred<undefined>();
  #stopped = false;
  readonly #build = codeBuild();
  /** `up --detach` keeps the stack up; `down` lets it end, also while `up` holds it. */
  #kept: boolean | undefined;
  /** Until when the stack stays up for a person, by `performance.now()`. */
  #lingersUntil = 0;
  #stoppedByPerson = false;
  /** What the database said last about open work. */
  #lastAnswer: OpenWork = 'unknown';
  #unanswered = 0;

  constructor(private readonly options: HostOptions) {
    this.#env = withoutModelSecrets(options.env);
    this.#fingerprint = partsFingerprint(options.env);
    this.#parts = new StackParts({
      paths: options.paths,
      env: this.#env,
      childCommands: options.childCommands,
      migrate: options.migrate,
      onProgress: (text) => this.#progress(text),
      hooks: {
        changed: () => void this.#writeState(),
        gaveUp: (error) => this.#fail(error),
        log: options.log,
      },
    });
    this.#worker = new HostWorker(this.#parts, this.#env, (url) => this.#hasOpenWork(url));
  }

  /** Serves until nobody needs the stack any more. Returns when all its processes have ended. */
  async serve(): Promise<void> {
    await this.#writeState();
    const { sockets, home } = this.options.paths;
    this.#socket = await openHostSocket(sockets.host, realHome(home), {
      message: (client, message) => this.#receive(client, message),
      disconnected: (client) => this.#disconnect(client),
    });
    const watched = setInterval(() => this.#checkSocket(), SOCKET_CHECK_MS);
    const forgotten = setTimeout(() => void this.#endIfUnused(), FIRST_HOLD_MS);
    await this.#ending.promise;
    clearTimeout(forgotten);
    clearInterval(watched);
    await this.#ended;
  }

  /** Ends the stack, also when commands hold it. Open runs continue when it is started again. */
  end(reason: string): void {
    this.#ended ??= this.#shutDown(reason);
  }

  /** Kills the stack at once, and leaves the files in the home alone: another machine uses them by now. */
  abandon(): void {
    this.#stopped = true;
    void this.#parts.kill();
    this.#fail(takenElsewhere(this.options.paths.home));
  }

  /** Ends the stack when its sockets were removed: no command, and no restarted service, could connect any more. */
  #checkSocket(): void {
    const { host, folder } = this.options.paths.sockets;
    if (existsSync(host)) return;
    this.#fail(
      new EnvironmentError(
        `The folder of the stack's sockets, ${folder}, was removed while the stack was running.`,
        'Give the command again: the folder is created anew, and open runs continue. Keep clean-up programs away from it.',
      ),
    );
  }

  #receive(client: HostClient, message: ClientRequest): void {
    switch (message.type) {
      case 'hold':
        if (this.#ended !== undefined) client.send(this.#endingMessage());
        else void this.#hold(client, message);
        return;
      case 'release':
        this.#letGo(client);
        void this.#release(client);
        return;
      case 'keep':
        this.#kept = message.kept;
        if (!message.kept) this.#lingersUntil = 0;
        this.#stoppedByPerson = !message.kept;
        void this.#release(client);
        return;
      case 'linger':
        this.#lingersUntil = Math.max(this.#lingersUntil, performance.now() + message.ms);
        void this.#release(client);
        return;
      case 'stop':
        this.#holders.delete(client);
        this.#stoppedByPerson = true;
        this.end('a person stopped the stack');
        client.send({ type: 'released', ending: true });
    }
  }

  async #hold(client: HostClient, hold: Hold): Promise<void> {
    this.#holders.set(client, hold);
    // An `up` after a `down` keeps the stack up again.
    if (hold.standing && this.#kept === false) this.#letStay();
    if (this.#lastProgress !== '') client.send({ type: 'progress', text: this.#lastProgress });
    try {
      if (!this.#isSameStack(hold)) throw otherParts();
      if (hold.scope === 'database') {
        const addresses = await this.#parts.startDatabase();
        if (this.#starting === undefined) this.#lastProgress = '';
        await this.#writeState();
        client.send({ type: 'database', addresses });
        return;
      }
      this.#starting ??= this.#parts.start();
      const worker =
        hold.worker.need === 'none'
          ? null
          : this.#worker.provide(hold.worker, () => this.#isWorkerUsedByOthers(client));
      if (hold.early === true) this.#sendServers(client);
      // When the start fails, the worker's request fails as well; the start's own error is reported.
      worker?.catch(() => undefined);
      const started = await this.#starting;
      await this.#writeState();
      await worker;
      // The start is complete, so later clients must not get its last progress line.
      this.#lastProgress = '';
      const addresses = this.#parts.addresses ?? started;
      client.send({ type: 'ready', addresses, kept: this.#kept === true });
    } catch (thrown) {
      const error = await explainDiskError(this.options.paths.home, thrown);
      this.#refuse(client, error);
      // Later clients must not hold a stack that did not start.
      if (this.#parts.addresses === undefined && this.#isSameStack(hold)) this.#fail(error);
      else void this.#endIfUnused();
    }
  }

  #sendServers(client: HostClient): void {
    this.#parts.foundations.then(
      ({ databaseUrl, temporal: { address, namespace, embedded } }) => {
        if (!this.#holders.has(client)) return;
        client.send({
          type: 'servers',
          servers: { databaseUrl, temporal: { address, namespace, embedded } },
        });
      },
      // The start reports it.
      () => undefined,
    );
  }

  #isSameStack({ parts }: Hold): boolean {
    return parts === null || parts === this.#fingerprint;
  }

  /** Whether another client than this one holds the stack for its worker. */
  #isWorkerUsedByOthers(client: HostClient): boolean {
    return [...this.#holders].some(([who, hold]) => who !== client && hold.worker.need !== 'none');
  }

  /** Whether runs are open; unknown when the database does not answer, for example while it restarts. */
  async #hasOpenWork(databaseUrl: string): Promise<OpenWork> {
    try {
      this.#lastAnswer = await this.options.hasOpenWork(databaseUrl);
      if (this.#unanswered > 0) this.options.log('the database answers again');
      this.#unanswered = 0;
      return this.#lastAnswer;
    } catch (error) {
      // Once, because it may be away for hours.
      if (this.#unanswered === 0) this.options.log(`cannot check whether runs are open: ${messageOf(error)}`);
      this.#unanswered += 1;
      return 'unknown';
    }
  }

  #refuse(client: HostClient, error: unknown): void {
    this.#holders.delete(client);
    if (this.#ended !== undefined && !(error instanceof EnvironmentError)) {
      client.send(this.#endingMessage());
      return;
    }
    const fix = error instanceof EnvironmentError ? error.fix : `Read ${this.options.paths.hostLog}.`;
    client.send({ type: 'failed', message: messageOf(error), fix });
  }

  /** A service is missing for good: reports it to all clients and ends the stack. */
  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.options.log(`the stack fails: ${messageOf(error)}`);
    for (const client of [...this.#holders.keys()]) this.#refuse(client, error);
    this.end('it failed');
  }

  /** Replies to a command that released the stack, with whether the stack ends now. */
  async #release(client: HostClient): Promise<void> {
    await this.#endIfUnused();
    client.send({ type: 'released', ending: this.#ended !== undefined, standing: this.#isStanding() });
  }

  /** Ends a client's hold. Whoever ends an `up` wants no stack to linger. @returns whether it had one */
  #letGo(client: HostClient): boolean {
    if (this.#holders.get(client)?.standing === true) this.#lingersUntil = 0;
    return this.#holders.delete(client);
  }

  #disconnect(client: HostClient): void {
    if (this.#letGo(client)) void this.#endIfUnused();
  }

  /** Ends the stack when nobody needs it; while it waits for open work only, checks again regularly. */
  async #endIfUnused(): Promise<void> {
    const decision = await this.#decide();
    if (decision === 'end') this.end(this.#whyUnused());
    if (decision === 'end' || this.#isHeld() || this.#watching) return;
    this.#watching = true;
    void this.#watch();
  }

  async #watch(): Promise<void> {
    while (this.#ended === undefined && !this.#isHeld()) {
      await delay(this.options.pollMs ?? POLL_MS, undefined, { ref: false });
      const decision = await this.#decide();
      if (decision === 'end') this.end(this.#whyUnused());
      else if (decision === 'ask' && endsForSilence(this.#unanswered, this.#lastAnswer))
        this.end('the database does not answer, and no run was open before');
    }
    this.#watching = false;
  }

  #whyUnused(): string {
    return `no command holds it, and ${this.#worker.runs ? 'no run is open that could continue' : 'no worker runs'}`;
  }

  #letStay(): void {
    this.#kept = undefined;
    this.#stoppedByPerson = false;
  }

  #isHeld(): boolean {
    if (this.#kept === true) return true;
    return [...this.#holders.values()].some(({ standing }) => !standing || this.#kept !== false);
  }

  /** Whether an `up` keeps the stack up, whatever becomes of the runs. */
  #isStanding(): boolean {
    if (this.#kept !== undefined) return this.#kept;
    return [...this.#holders.values()].some(({ standing }) => standing);
  }

  #endingMessage(): HostMessage {
    return { type: 'ending', stopped: this.#stoppedByPerson };
  }

  /** Decides with what the database says. Returns `ask` only when it did not answer. */
  async #decide(): Promise<'stay' | 'end' | 'ask'> {
    const lingers = () => performance.now() < this.#lingersUntil;
    const signs = () => ({ held: this.#isHeld() || lingers(), workerRuns: this.#worker.runs });
    const first = decideLife({ ...signs(), openWork: 'unknown' });
    const url = this.#parts.addresses?.databaseUrl;
    if (first !== 'ask' || url === undefined) return first;
    const openWork = await this.#hasOpenWork(url);
    return decideLife({ ...signs(), openWork });
  }

  #progress(text: string): void {
    this.#lastProgress = text;
    this.options.log(text);
    for (const client of this.#holders.keys()) client.send({ type: 'progress', text });
  }

  /** Writes stack.json, one write after the other. */
  #writeState(): Promise<void> {
    const host = identityOf(process.pid);
    if (host === undefined || this.#stopped) return this.#written;
    this.#written = this.#written
      .then(() => {
        if (this.#stopped) return undefined;
        const { addresses } = this.#parts;
        return writeStackFile(this.options.paths.stackFile, {
          host,
          socket: this.options.paths.sockets.host,
          startedAt: this.#startedAt,
          build: this.#build,
          services: this.#parts.processes,
          temporalAddress: addresses?.temporal.address ?? null,
          temporalUi: addresses?.temporal.uiUrl ?? null,
          notifierUrl: addresses?.notifierUrl ?? null,
        });
      })
      .catch((error: unknown) => this.options.log(`stack.json: ${messageOf(error)}`));
    return this.#written;
  }

  async #shutDown(reason: string): Promise<void> {
    this.options.log(`ending: ${reason}`);
    // The socket first: a command that comes now starts the next host, which waits for this one's lock.
    this.#socket?.close();
    for (const client of this.#holders.keys()) client.send(this.#endingMessage());
    this.#ending.resolve(undefined);
    await this.#parts.stop();
    this.#stopped = true;
    await this.#written;
    this.#socket?.disconnectAll();
    this.options.log('ended');
  }
}

function otherParts(): EnvironmentError {
  return new EnvironmentError(
    'A stack is running for this LEADWRIGHT_HOME with another DATABASE_URL, other TEMPORAL_ settings or other LEADWRIGHT_ENCRYPTION_KEYS than yours.',
    `Use the same settings, end that stack (\`leadwright down --now\`; its runs continue when it is started again), or set LEADWRIGHT_HOME to another folder.`,
  );
}
