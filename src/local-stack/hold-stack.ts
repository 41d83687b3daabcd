import type { ClientConnectConfig } from '@temporalio/envconfig';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { hostCommand, type Command } from './child-commands.js';
import { deferred } from '../shared/async/deferred.js';
import { readExternalTemporal, hasExternalTemporal, partsFingerprint } from './external-services.js';
import { checkLayout } from './home-layout.js';
import { connectHost, SilentHostError, type HostConnection } from './host/host-connection.js';
import { requireUsedHere } from './host/presence-lock.js';
import { awaitGone, identityOf, isAlive, type ProcessIdentity } from './process/process-identity.js';
import type {
  ClientMessage,
  DatabaseAddresses,
  Foundations,
  HostMessage,
  StackAddresses,
  WorkerNeed,
} from './host/host-protocol.js';
import { readStackFile } from './stack-file.js';
import { stackPaths, type StackPaths } from './stack-paths.js';
import { readClientFiles } from './temporal/temporal-settings.js';
import type { LoadedHost } from './host-process.js';
import { ensureHost } from './start-host.js';

export interface HoldOptions {
  readonly home: string;
  /** The command's environment. It names the external services and, for a worker, the model settings. */
  readonly env: Environment;
  readonly needs: {
    readonly worker: WorkerNeed;
    /** Whether the hold only keeps the stack up: `letStackEnd` ends it as soon as nothing is at work. */
    readonly standing?: boolean;
  };
  /** Called with one line for each step of the stack's start. */
  readonly onProgress?: (text: string) => void;
  /** Called once the request is sent to a host. What the caller does then does not delay the stack's start. */
  readonly onRequested?: () => void;
  /** Called with the servers as soon as they are up, before the rest is; again when another host had to be started. */
  readonly onServers?: (servers: Servers) => void;
  /** The command that runs the host; Leadwright's own by default. */
  readonly host?: Command;
  /** A host process to use when one has to be started. It is ended when it is not needed. */
  readonly loadedHost?: LoadedHost | null | undefined;
}

/** What a client of the servers needs. */
export interface Servers extends Foundations {
  readonly temporal: Foundations['temporal'] & {
    /** For `Connection.connect` and `NativeConnection.connect`. */
    readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  };
}

/** A hold on a running stack, which stays up until the hold is released. */
export interface StackHold extends Servers {
  readonly temporal: Servers['temporal'] & Pick<StackAddresses['temporal'], 'uiUrl'>;
  readonly notifierUrl: string;
  /** Whether it stays up without this hold (`up --detach`), as it was when the hold began. */
  readonly isKept: boolean;
  /**
   * Resolves when the stack has ended without `release`: its host was killed or stopped, or a service does not stay up.
   * Hold the stack again to continue; the database then has a new password.
   */
  readonly lost: Promise<Error>;
  /**
   * Releases the stack. With `wait`, and when the stack ends because of this, returns once all its processes are gone.
   */
  release(options: { readonly wait: boolean }): Promise<void>;
}

/** A host that is killed while we wait is started again. When that happens three times, the cause is the machine. */
const MAX_LOST_HOSTS = 3;
/** One attempt to start a host takes at most a minute. When others start it too, one of them has failed by then. */
const START_LIMIT_MS = 90_000;
/** A host needs at most 16 s to end its services, and a little more to exit. */
const HOST_END_MS = 30_000;

/** A hold on the database of a home. */
export interface DatabaseHold extends Pick<StackHold, 'databaseUrl' | 'notifierUrl' | 'lost' | 'release'> {
  /** Null while Temporal does not run. */
  readonly temporal: DatabaseAddresses['temporal'];
}

/**
 * Holds the stack of a home. Starts it when it does not run.
 * @throws EnvironmentError when another version wrote the home, when the stack does not start, when it uses other
 *   external services than `env` names, or when its worker has other model settings
 */
export async function holdStack(options: HoldOptions): Promise<StackHold> {
  await checkLayout(stackPaths(options.home));
  // First, so that a configuration that cannot be read is reported before anything is started.
  const connectionOptions = await readConnectionOptions(options);
  const connectable = async ({ databaseUrl, temporal }: Foundations): Promise<Servers> => ({
    databaseUrl,
    temporal: { ...temporal, connectionOptions: await connectionOptions(temporal.address) },
  });
  let announced: Promise<void> | undefined;
  const onServers = (servers: Foundations): void => {
    announced = connectable(servers).then(options.onServers, () => undefined);
  };
  const wanted: Wanted = { scope: 'stack', standing: false, ...options.needs };
  const early = options.onServers !== undefined;
  // `onServers` is not called after this function has ended, however it ends.
  const { host, reply } = await requestUntilHeld(options, { ...wanted, early }, onServers).finally(
    () => announced,
  );
  if (reply.type !== 'ready') throw new TypeError('The host gave the database alone.');
  const { addresses, kept = false } = reply;
  const { temporal } = await connectable(addresses);
  return { ...createHold(host, addresses), isKept: kept, temporal: { ...addresses.temporal, ...temporal } };
}

/**
 * Holds the database of a home, for a command that only reads the record. Starts it alone when no stack runs.
 * @throws EnvironmentError as `holdStack`
 */
export async function holdDatabase(options: Omit<HoldOptions, 'needs'>): Promise<DatabaseHold> {
  await checkLayout(stackPaths(options.home));
  const { host, reply } = await requestUntilHeld(options, {
    scope: 'database',
    standing: false,
    worker: 'none',
  });
  return { ...createHold(host, reply.addresses), temporal: reply.addresses.temporal };
}

async function requestUntilHeld(
  options: Omit<HoldOptions, 'needs'>,
  wanted: Wanted,
  onServers: (servers: Foundations) => void = () => undefined,
): Promise<{ readonly host: HostConnection; readonly reply: HeldReply }> {
  const paths = stackPaths(options.home);
  const request = holdRequest(options.env, wanted);
  const deadline = performance.now() + START_LIMIT_MS;
  for (let lost = 0; ;) {
    const host = await connectHost(paths);
    if (host === undefined) {
      if (performance.now() > deadline) throw startError(paths);
      await ensureHost(paths, options.host ?? hostCommand(), options.env, options.loadedHost);
      continue;
    }
    // Not needed any more: another command has started one meanwhile.
    await options.loadedHost?.end();
    const reply = await requestHold(host, request, options, onServers);
    if (typeof reply !== 'string') return { host, reply };
    if (reply === 'lost') lost += 1;
    if (lost >= MAX_LOST_HOSTS) throw startError(paths);
    // The host that ends has closed its socket. The next host waits for its exit.
    host.socket.destroy();
    await delay(20);
  }
}

function startError(paths: StackPaths): EnvironmentError {
  return new EnvironmentError(
    'The stack does not start, or ends while it starts.',
    `Read ${paths.hostLog}, fix what it names, and try again.`,
  );
}

/**
 * Holds the stack that runs while `use` works, for a part of the stack that acts for a person (the server). Never
 * starts a stack. The hold keeps the stack up until the host can see that the run has open work.
 * @param anyWorker whether any worker will do; otherwise one with a model must be running
 * @throws EnvironmentError when there is no such worker, or when the stack ends
 */
export async function withRunningStack<T>(
  home: string,
  anyWorker: boolean,
  use: () => Promise<T>,
): Promise<T> {
  const host = await connectHost(stackPaths(home));
  if (host === undefined) throw stackEndingError();
  try {
    host.send({
      type: 'hold',
      parts: null,
      scope: 'stack',
      standing: false,
      worker: { need: 'present', any: anyWorker },
    });
    if (typeof (await readHoldReply(host)) === 'string') throw stackEndingError();
    return await use();
  } finally {
    host.socket.destroy();
  }
}

function stackEndingError(): EnvironmentError {
  return new EnvironmentError('The stack is shutting down.', 'Run `leadwright up`, and try again.');
}

/** A person stopped the stack (`leadwright down`). No command starts it again by itself. */
export class StackStoppedError extends EnvironmentError {
  override readonly name = 'StackStoppedError';
  constructor() {
    super(
      'The stack was stopped (`leadwright down`).',
      'Open runs continue when it is started again, for example with:  leadwright up',
    );
  }
}

/** Keeps the running stack of a home up when no command holds it any more. @throws EnvironmentError when none runs */
export async function keepStack(home: string): Promise<void> {
  const kept = await sendKept(home, { type: 'keep', kept: true });
  if (kept?.ending !== false) throw stackEndingError();
}

/**
 * Keeps the running stack of a home up for a while, unless `letStackEnd` ends it before. Does nothing when none runs.
 * @returns whether an `up` keeps it up longer
 */
export async function lingerStack(home: string, ms: number): Promise<boolean> {
  return (await sendKept(home, { type: 'linger', ms }))?.standing === true;
}

/**
 * Lets the stack of a home end once nothing is at work: no command and no open run but one that waits for a person.
 * @returns `ended` once its processes are gone, `working` when it goes on for now, `none` when no stack was running
 * @throws EnvironmentError when the stack runs on another machine, or its host hangs
 */
export async function letStackEnd(home: string): Promise<'ended' | 'working' | 'none'> {
  const kept = await sendKept(home, { type: 'keep', kept: false });
  if (kept === null) return 'none';
  return kept.ending ? 'ended' : 'working';
}

/** @returns whether the stack ends now, after its end, and whether an `up` keeps it up; null when none runs */
async function sendKept(
  home: string,
  message: Extract<ClientMessage, { readonly type: 'keep' | 'linger' }>,
): Promise<{ readonly ending: boolean; readonly standing: boolean } | null> {
  const found = await reachHost(stackPaths(home));
  if (found === 'ended') return { ending: true, standing: false };
  if (found === null) return null;
  const { host, identity } = found;
  host.send(message);
  const reply = await host.whileItAnswers(host.next());
  const ending = reply?.type !== 'released' || reply.ending;
  if (ending) await untilEnded(host, identity);
  host.socket.destroy();
  return { ending, standing: !ending && reply.standing === true };
}

/**
 * Ends the stack of a home, even when commands hold it, and waits until its processes are gone.
 * @returns whether a stack was running
 * @throws EnvironmentError when it runs on another machine, or its host hangs
 */
export async function stopStack(home: string): Promise<boolean> {
  const found = await reachHost(stackPaths(home));
  if (found === 'ended') return true;
  if (found === null) return false;
  found.host.send({ type: 'stop' });
  await untilEnded(found.host, found.identity);
  return true;
}

interface ReachedHost {
  readonly host: HostConnection;
  readonly identity: ProcessIdentity | undefined;
}

/**
 * Connects to the running host. One that is ending accepts nobody, while its services still write: waits for its end.
 * @returns `ended` after such a wait, null when no host was running
 * @throws EnvironmentError when the stack runs on another machine, or does not end
 */
async function reachHost(paths: StackPaths): Promise<ReachedHost | 'ended' | null> {
  const file = await readStackFile(paths.stackFile);
  const identity = file?.host;
  const deadline = performance.now() + HOST_END_MS;
  for (let tries = 0; ; tries += 1) {
    const host = await connectHost(paths);
    if (host !== undefined) return { host, identity };
    // In a copy of a home, the file names the host of the original, with its socket.
    if (identity === undefined || file?.socket !== paths.sockets.host || !isAlive(identity)) {
      await requireUsedHere(paths);
      return tries === 0 ? null : 'ended';
    }
    if (performance.now() > deadline) throw doesNotEnd(identity);
    await delay(20);
  }
}

/** @throws EnvironmentError when the processes do not end, or the host hangs */
async function untilEnded(host: HostConnection, identity: ProcessIdentity | undefined): Promise<void> {
  await host.whileItAnswers(host.closed);
  if (identity === undefined || (await awaitGone(identity, HOST_END_MS))) return;
  throw doesNotEnd(identity);
}

function doesNotEnd({ pid }: ProcessIdentity): EnvironmentError {
  return new EnvironmentError(
    `The stack does not end: its host (process ${pid}) still runs after ${HOST_END_MS / 1_000} s.`,
    // One that is suspended, or hangs, takes no other signal. Its services end with it.
    `End it with:  kill -9 ${pid}`,
  );
}

async function readHostIdentity(paths: StackPaths): Promise<ProcessIdentity | undefined> {
  return (await readStackFile(paths.stackFile))?.host;
}

type ConnectionOptions = ClientConnectConfig['connectionOptions'];

/** @returns a function of the server's address; the embedded server's keys are read once it runs */
async function readConnectionOptions({
  env,
  home,
}: Omit<HoldOptions, 'needs'>): Promise<(address: string) => Promise<ConnectionOptions>> {
  if (!hasExternalTemporal(env)) return (address) => readClientFiles(home, address);
  const { connectionOptions } = await readExternalTemporal(env);
  return () => Promise.resolve(connectionOptions);
}

type Hold = Extract<ClientMessage, { type: 'hold' }>;
type Wanted = Pick<Hold, 'scope' | 'standing' | 'early'> & {
  readonly worker: WorkerNeed;
};
type HeldReply = Extract<HostMessage, { type: 'ready' | 'database' }>;

function holdRequest(environment: Environment, { worker, ...wanted }: Wanted): ClientMessage {
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    type: 'hold',
    parts: partsFingerprint(environment),
    ...wanted,
    worker: requestedWorker(worker, env),
  };
}

function requestedWorker(need: WorkerNeed, env: Record<string, string>): Hold['worker'] {
  switch (need) {
    case 'none':
      return { need };
    case 'present':
      return { need, any: false };
    case 'any':
    case 'scripted':
    case 'model':
      return { need, env };
  }
}

async function requestHold(
  host: HostConnection,
  request: ClientMessage,
  options: Omit<HoldOptions, 'needs'>,
  onServers: (servers: Foundations) => void,
): Promise<HeldReply | 'ending' | 'lost'> {
  host.send(request);
  options.onRequested?.();
  try {
    return await readHoldReply(host, options.onProgress, onServers);
  } catch (error) {
    if (!(error instanceof SilentHostError)) await releaseRefused(host, stackPaths(options.home));
    throw error;
  }
}

/** Reads the host's reply to a `hold` message. @throws EnvironmentError when the hold is refused, or the host hangs */
async function readHoldReply(
  host: HostConnection,
  onProgress?: HoldOptions['onProgress'],
  onServers?: (servers: Foundations) => void,
): Promise<HeldReply | 'ending' | 'lost'> {
  for (;;) {
    const message = await host.whileItAnswers(host.next());
    switch (message?.type) {
      case undefined:
        return 'lost';
      case 'progress':
        onProgress?.(message.text);
        break;
      case 'servers':
        onServers?.(message.servers);
        break;
      case 'ready':
      case 'database':
        return message;
      case 'failed':
        throw new EnvironmentError(message.message, message.fix);
      case 'ending':
        return 'ending';
      case 'welcome':
      case 'released':
        break;
    }
  }
}

/** Waits for a host that ends because it could not start, so that a failed command leaves no process. */
async function releaseRefused(host: HostConnection, paths: StackPaths): Promise<void> {
  const identity = await readHostIdentity(paths);
  host.send({ type: 'release' });
  const untilReleased = async (): Promise<void> => {
    for (;;) {
      const message = await host.next();
      if (message?.type === 'released' && !message.ending) return;
      if (message !== undefined) continue;
      if (identity !== undefined) await awaitGone(identity, HOST_END_MS);
      return;
    }
  };
  await untilUnneeded(host, untilReleased());
  host.socket.destroy();
}

/** Waits for a host that a command does not need any more. The next command says that it hangs. */
async function untilUnneeded(host: HostConnection, awaited: Promise<void>): Promise<void> {
  await host.whileItAnswers(awaited).catch((error: unknown) => {
    if (!(error instanceof SilentHostError)) throw error;
  });
}

function createHold(
  host: HostConnection,
  { databaseUrl, notifierUrl, hostPid }: DatabaseAddresses,
): Omit<StackHold, 'temporal' | 'isKept'> {
  const identity = identityOf(hostPid);
  let released: Promise<void> | undefined;
  const { lost, answered } = watchHold(host, () => released !== undefined);
  const untilReleased = async (wait: boolean): Promise<void> => {
    // A closed connection also means that the stack ends.
    const ending = await Promise.race([answered, host.closed.then(() => true)]);
    if (!wait || !ending) return;
    await host.closed;
    if (identity !== undefined) await awaitGone(identity, HOST_END_MS);
  };
  const sendRelease = async (wait: boolean): Promise<void> => {
    host.send({ type: 'release' });
    await untilUnneeded(host, untilReleased(wait));
    host.socket.destroy();
  };
  return {
    databaseUrl,
    notifierUrl,
    lost,
    release: ({ wait }) => (released ??= sendRelease(wait)),
  };
}

/** Reads the host's messages after `ready`: the loss of the stack, and the reply to `release`. */
function watchHold(
  host: HostConnection,
  released: () => boolean,
): { lost: Promise<Error>; answered: Promise<boolean> } {
  const lost = deferred<Error>();
  const answered = deferred<boolean>();
  const read = async (): Promise<void> => {
    for (;;) {
      const message = await host.next();
      if (message?.type === 'released') answered.resolve(message.ending);
      if (message?.type === 'failed') lost.resolve(new EnvironmentError(message.message, message.fix));
      if (message?.type === 'ending')
        lost.resolve(message.stopped ? new StackStoppedError() : new Error('the stack was ended'));
      if (message !== undefined) continue;
      if (!released()) lost.resolve(new Error('the stack is gone'));
      return;
    }
  };
  void read();
  return { lost: lost.promise, answered: answered.promise };
}
