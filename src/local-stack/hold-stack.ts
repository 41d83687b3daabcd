import type { ClientConnectConfig } from '@temporalio/envconfig';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';
import { hostCommand, type Command } from './child-commands.js';
import { deferred } from '../shared/deferred.js';
import { readExternalTemporal, hasExternalTemporal, partsFingerprint } from './external-services.js';
import { checkLayout } from './home-layout.js';
import { connectHost, type HostConnection } from './host/host-connection.js';
import { awaitGone, identityOf, type ProcessIdentity } from './process/process-identity.js';
import type { ClientMessage, StackAddresses, WorkerNeed } from './host/host-protocol.js';
import { readStackFile } from './stack-file.js';
import { stackPaths, type StackPaths } from './stack-paths.js';
import { ensureHost } from './start-host.js';

export interface HoldOptions {
  readonly home: string;
  /** The command's environment: which parts are external, and, for a worker, the model settings. */
  readonly env: Environment;
  readonly needs: { readonly worker: WorkerNeed };
  /** What the stack is doing while it starts, a line each. */
  readonly onProgress?: (text: string) => void;
  /** Leadwright's own host by default. */
  readonly host?: Command;
}

/** A stack that stays as long as this is held. */
export interface StackHold {
  readonly databaseUrl: string;
  readonly temporal: StackAddresses['temporal'] & {
    /** For `Connection.connect` and `NativeConnection.connect`. */
    readonly connectionOptions: ClientConnectConfig['connectionOptions'];
  };
  readonly notifierUrl: string;
  /**
   * Resolves when the stack is gone though nobody here released it: its host was killed or told to end, or a part
   * does not stay up. Hold again to go on; the database's password is another one then.
   */
  readonly lost: Promise<Error>;
  /**
   * Lets go. With `wait`, and when the stack ends because of it, returns only when all its processes are gone.
   */
  release(options: { readonly wait: boolean }): Promise<void>;
}

/** A host that is killed while we wait is started again; the third time something is wrong with the machine. */
const MAX_LOST_HOSTS = 3;
/** Starting a host is bounded by a minute; when others start it too, one of them has told by then what is wrong. */
const START_LIMIT_MS = 90_000;
/** A host that ends needs 16 s at most, and its exit a moment. */
const HOST_END_MS = 30_000;

/**
 * Holds the stack of a home, starting it when it does not run. Throws an EnvironmentError when another version wrote
 * the home, when the stack does not come up, when its parts are others than `env` names, or when its worker has other model settings.
 */
export async function holdStack(options: HoldOptions): Promise<StackHold> {
  const paths = stackPaths(options.home);
  await checkLayout(paths);
  // A configuration that cannot be read is said before anything is started.
  const connectionOptions = await readConnectionOptions(options.env);
  const deadline = performance.now() + START_LIMIT_MS;
  for (let lost = 0; ;) {
    const host = await connectHost(paths.socket);
    if (host === undefined) {
      if (performance.now() > deadline) throw startError(paths);
      await ensureHost(paths, options.host ?? hostCommand(), options.env);
      continue;
    }
    const addresses = await requestHold(host, options);
    if (addresses !== 'ending' && addresses !== 'lost') {
      return createHold(host, addresses, connectionOptions);
    }
    if (addresses === 'lost') lost += 1;
    if (lost >= MAX_LOST_HOSTS) throw startError(paths);
    // The one that ends has let go of its socket; the next waits for it to be gone.
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
 * For a part of the stack that does a person's bidding: uses its worker, and keeps the stack until `use` is through
 * and the run that it was about can be seen to go on. Unless `anyWorker` will do, one must be running that has
 * a model. Never starts a stack. Throws an EnvironmentError when there is no such worker, or when it ends.
 */
export async function withRunningStack<T>(
  home: string,
  anyWorker: boolean,
  use: () => Promise<T>,
): Promise<T> {
  const host = await connectHost(stackPaths(home).socket);
  if (host === undefined) throw stackEndingError();
  try {
    host.send({ type: 'hold', parts: null, worker: { need: 'present', any: anyWorker } });
    if (typeof (await readHoldReply(host)) === 'string') throw stackEndingError();
    return await use();
  } finally {
    host.socket.destroy();
  }
}

function stackEndingError(): EnvironmentError {
  return new EnvironmentError('The stack ends at this moment.', 'Start `leadwright up`, and try again.');
}

/**
 * Ends the stack of a home, whoever holds it, and waits until its processes are gone. Says whether there was one.
 */
export async function stopStack(home: string): Promise<boolean> {
  const paths = stackPaths(home);
  const identity = await readHostIdentity(paths);
  const host = await connectHost(paths.socket);
  if (host === undefined) return false;
  host.send({ type: 'stop' });
  await host.closed;
  if (identity !== undefined) await awaitGone(identity, HOST_END_MS);
  return true;
}

async function readHostIdentity(paths: StackPaths): Promise<ProcessIdentity | undefined> {
  return (await readStackFile(paths.stackFile))?.host;
}

type ConnectionOptionsFor = (address: string) => ClientConnectConfig['connectionOptions'];

async function readConnectionOptions(env: Environment): Promise<ConnectionOptionsFor> {
  if (!hasExternalTemporal(env)) return (address) => ({ address });
  const { connectionOptions } = await readExternalTemporal(env);
  return () => connectionOptions;
}

function holdRequest(options: HoldOptions): ClientMessage {
  const { worker } = options.needs;
  const env = Object.fromEntries(
    Object.entries(options.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    type: 'hold',
    parts: partsFingerprint(options.env),
    worker: worker === 'none' ? { need: worker } : { need: worker, env },
  };
}

async function requestHold(
  host: HostConnection,
  options: HoldOptions,
): Promise<StackAddresses | 'ending' | 'lost'> {
  host.send(holdRequest(options));
  try {
    return await readHoldReply(host, options.onProgress);
  } catch (error) {
    await releaseRefused(host, stackPaths(options.home));
    throw error;
  }
}

/** The answer to a hold that was asked for. Throws an EnvironmentError when it is refused. */
async function readHoldReply(
  host: HostConnection,
  onProgress?: HoldOptions['onProgress'],
): Promise<StackAddresses | 'ending' | 'lost'> {
  for (;;) {
    const message = await host.next();
    switch (message?.type) {
      case undefined:
        return 'lost';
      case 'progress':
        onProgress?.(message.text);
        break;
      case 'ready':
        return message.addresses;
      case 'failed':
        throw new EnvironmentError(message.message, message.fix);
      case 'ending':
        return 'ending';
      case 'released':
        break;
    }
  }
}

/** A host that could not start its parts ends: it is waited for, so that a failed command leaves no process. */
async function releaseRefused(host: HostConnection, paths: StackPaths): Promise<void> {
  const identity = await readHostIdentity(paths);
  host.send({ type: 'release' });
  for (;;) {
    const message = await host.next();
    if (message?.type === 'released' && !message.ending) break;
    if (message !== undefined) continue;
    if (identity !== undefined) await awaitGone(identity, HOST_END_MS);
    break;
  }
  host.socket.destroy();
}

function createHold(
  host: HostConnection,
  addresses: StackAddresses,
  connectionOptions: ConnectionOptionsFor,
): StackHold {
  const identity = identityOf(addresses.hostPid);
  const { databaseUrl, temporal, notifierUrl } = addresses;
  let released: Promise<void> | undefined;
  const { lost, answered } = watchHold(host, () => released !== undefined);
  const letGo = async (wait: boolean): Promise<void> => {
    host.send({ type: 'release' });
    // Gone already is as good as an answer: then there is nothing left to hold.
    const ending = await Promise.race([answered, host.closed.then(() => true)]);
    if (wait && ending) {
      await host.closed;
      if (identity !== undefined) await awaitGone(identity, HOST_END_MS);
    }
    host.socket.destroy();
  };
  return {
    databaseUrl,
    temporal: { ...temporal, connectionOptions: connectionOptions(temporal.address) },
    notifierUrl,
    lost,
    release: ({ wait }) => (released ??= letGo(wait)),
  };
}

/** Reads on after `ready`: what ends the hold, and the answer to its release. */
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
      if (message?.type === 'ending') lost.resolve(new Error('the stack was ended'));
      if (message !== undefined) continue;
      if (!released()) lost.resolve(new Error('the stack is gone'));
      return;
    }
  };
  void read();
  return { lost: lost.promise, answered: answered.promise };
}
