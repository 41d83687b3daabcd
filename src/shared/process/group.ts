/** Processes in groups of their own: how they are started, watched and killed. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { Duplex, PassThrough, type Readable, type Writable } from 'node:stream';
import { createStdio, findLeakingDescriptors } from './descriptors.js';

/**
 * What a descriptor of a new process is: `ignore` is /dev/null, `input` is read by the process, `output` is written by
 * it. A `lifeline` is a pipe that ends when who started the process dies, even by SIGKILL.
 */
export type Channel = 'ignore' | 'input' | 'output' | 'lifeline';

export interface GroupCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** The complete environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Working folder; must exist. */
  readonly cwd?: string | undefined;
  /** The account that it runs as; this process's own by default. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** One for each descriptor, from 0. */
  readonly channels: readonly Channel[];
  /** A variable that tells the process the id of its parent, which is not always this process. */
  readonly parentVariable?: string;
  /** How long it may run, in ms. Whoever starts it then kills its group. No limit by default. */
  readonly timeLimitMs?: number | undefined;
  /** Whether descriptors that this process inherited from its own parent must not reach the new one. */
  readonly sealed?: boolean;
}

export interface GroupExit {
  /** Null when a signal killed it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was killed because of its time limit. */
  readonly isLate: boolean;
}

/**
 * A process that was started in its own group. Its promises reject when it could not be started, and with a
 * LostProcessError when it is not known how it ended.
 */
export interface Group {
  /** The process id, which is also the group's. */
  readonly started: Promise<number>;
  readonly exited: Promise<GroupExit>;
  /** Settles once it has exited and its outputs have ended. They must be read for that to happen. */
  readonly closed: Promise<GroupExit>;
  input(descriptor: number): Writable;
  output(descriptor: number): Readable;
  /** Kills the process and all in its group. Safe to call at any time; does nothing once the process has exited. */
  kill(): void;
  /** Closes all its channels at this end. */
  release(): void;
  /** Whether its channels keep this process alive. */
  setKeepsAlive(keepsAlive: boolean): void;
}

/**
 * It is not known how a process ended, because its launcher died. It says nothing about what the process did: no
 * verdict is taken from it, and the activity is tried again.
 */
export class LostProcessError extends Error {
  override readonly name = 'LostProcessError';
}

/** Starts a program in a process group of its own, without a shell. It has no terminal to prompt on. */
export type StartGroup = (command: GroupCommand) => Group;

let start: StartGroup = startGroupHere;

/** Starts a program in a process group of its own. Its caller watches it and ends it. */
export function startGroup(command: GroupCommand): Group {
  return start(command);
}

/** Decides who starts this process's children from now on. A worker decides once, before it starts any. */
export function useStarter(starter: StartGroup): void {
  start = starter;
}

/** Starts a program as a child of this process. */
export function startGroupHere({
  command,
  args,
  env,
  cwd,
  uid,
  gid,
  channels,
  parentVariable,
  timeLimitMs,
  sealed,
}: GroupCommand): Group {
  const pipes = channels.map((channel) => (channel === 'ignore' ? 'ignore' : 'pipe'));
  const stdio: StdioOptions =
    sealed === true ? createStdio(pipes, findLeakingDescriptors(), nullDescriptor()) : pipes;
  const account = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const options = { env: withParent(env, parentVariable), cwd, ...account };
  const child = spawn(command, args, { ...options, stdio, detached: true });
  const isLate = keepTimeLimit(child, timeLimitMs);
  const streams = streamsOf(child, pipes);
  // A process that ends before it has read its input breaks the pipe. Its exit code says whether that matters.
  for (const stream of streams) stream?.on('error', () => undefined);
  const streamOf = (descriptor: number): Duplex => {
    const stream = streams[descriptor];
    if (stream instanceof Duplex) return stream;
    throw new Error(`descriptor ${descriptor} of ${command} is not a pipe`);
  };
  return {
    ...settlingsOf(child, isLate),
    input: streamOf,
    output: streamOf,
    kill: () => killGroup(child),
    release: () => {
      for (const stream of streams) stream?.destroy();
    },
    setKeepsAlive: (keepsAlive) => {
      for (const each of [child, ...streams]) setReferenced(each, keepsAlive);
    },
  };
}

/** Adds the variable that names the parent, which is this process. */
export function withParent(env: NodeJS.ProcessEnv, variable: string | undefined): NodeJS.ProcessEnv {
  return variable === undefined ? env : { ...env, [variable]: String(process.pid) };
}

/** Longer timers do not exist: they would fire at once. It is 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Kills a process's group when the process runs longer than its limit.
 * @param limitMs from its start, in ms; undefined for no limit
 * @returns whether it was killed for that; call it once the process has exited
 */
export function keepTimeLimit(child: ChildProcess, limitMs: number | undefined): () => boolean {
  let isLate = false;
  const end = (): void => {
    if (hasExited(child)) return;
    isLate = true;
    killGroup(child);
  };
  if (limitMs === undefined) return () => false;
  child.once('spawn', () => {
    // setImmediate, because a process that was suspended for long runs its timers before all other events. A child that
    // exited in time meanwhile must not count as late.
    const timer = setTimeout(() => setImmediate(end), Math.min(limitMs, LONGEST_TIMER_MS));
    child.once('exit', () => clearTimeout(timer));
  });
  return () => isLate;
}

/** Kills the group of a process, unless the process has exited: its id may then be another's. */
export function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined && !hasExited(child)) killGroupOf(child.pid);
}

export function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Kills a process group. Does nothing when it no longer exists. */
export function killGroupOf(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has exited, or this user may not kill it.
  }
}

/** Nobody may be waiting for some of a group's promises: their rejection must not end this process. */
export function unlessAwaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Lets a handle keep this process alive, or not. */
export function setReferenced(handle: unknown, keepsAlive: boolean): void {
  if (typeof handle !== 'object' || handle === null || !('ref' in handle) || !('unref' in handle)) return;
  const set = keepsAlive ? handle.ref : handle.unref;
  if (typeof set === 'function') set.call(handle);
}

function settlingsOf(
  child: ChildProcess,
  isLate: () => boolean,
): Pick<Group, 'started' | 'exited' | 'closed'> {
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const when = <T>(name: string, value: (...args: [number | null, NodeJS.Signals | null]) => T) =>
    unlessAwaited(
      Promise.race([
        failed,
        new Promise<T>((resolve) =>
          child.once(name, (code: number | null, signal: NodeJS.Signals | null) =>
            resolve(value(code, signal)),
          ),
        ),
      ]),
    );
  return {
    started: when('spawn', () => child.pid ?? 0),
    exited: when('exit', (code, signal) => ({ code, signal, isLate: isLate() })),
    closed: when('close', (code, signal) => ({ code, signal, isLate: isLate() })),
  };
}

/** Its pipes, by descriptor. Node leaves out `stdio` when it had no descriptors for them; then they are closed. */
function streamsOf(
  { stdio }: { readonly stdio?: ChildProcess['stdio'] },
  pipes: readonly string[],
): readonly (Readable | Writable | null | undefined)[] {
  return stdio ?? pipes.map((pipe) => (pipe === 'pipe' ? new PassThrough().destroy() : null));
}

let openedNull: number | undefined;

function nullDescriptor(): number {
  openedNull ??= openSync(devNull, 'r');
  return openedNull;
}
