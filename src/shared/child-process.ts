/** Starts programs, each in a process group of its own. */
import {
  spawn,
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type SpawnOptions,
  type SpawnOptionsWithoutStdio,
} from 'node:child_process';
import { Socket } from 'node:net';
import { EnvironmentError } from '../contract/errors.js';

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Working folder; must exist. */
  readonly cwd?: string | undefined;
  /** The account that it runs as; this process's own by default. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Infinity for no limit. */
  readonly timeLimitMs: number;
  /** Its abort kills the process and makes `ended` throw the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How to install the command when it is missing. */
  readonly fix: string;
}

export interface Ending {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  /** The last MAX_STDERR_BYTES of its stderr. */
  readonly stderr: string;
}

/** A running process. */
export interface Child {
  /** The command and its subcommand, for messages. */
  readonly name: string;
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  readonly stdout: ChildProcessWithoutNullStreams['stdout'];
  /** Settles once the process has ended and its pipes are closed. `stdout` must be read for that to happen. */
  readonly ended: Promise<Ending>;
  /** Kills the process and all that it started. Safe to call at any time. */
  kill(): void;
  /** Whether the process keeps this one alive. */
  setKeepsAlive(keepsAlive: boolean): void;
}

export interface ProcessRun extends ProcessCommand {
  /** Written to its standard input. */
  readonly input?: Buffer | string | undefined;
  readonly maxOutputBytes?: number | undefined;
}

/** Bytes of stderr that are kept: enough for a program's last messages, whatever a hostile repository prints. */
const MAX_STDERR_BYTES = 16 * 1024;

/** Bytes that a process may print into memory: the listing of a million files is about 100 MB. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** A process exceeded its time limit and was killed, with everything that it had started. */
export class ProcessTimeoutError extends Error {
  override readonly name = 'ProcessTimeoutError';
  constructor(
    readonly command: string,
    readonly limitMs: number,
  ) {
    super(`${command} did not end within ${limitMs / 1000} s and was killed`);
  }
}

/** A process printed more than its caller allows, and was killed. */
export class ProcessOutputError extends Error {
  override readonly name = 'ProcessOutputError';
  constructor(
    readonly command: string,
    readonly limitBytes: number,
  ) {
    super(`${command} printed more than ${limitBytes} bytes and was killed`);
  }
}

/**
 * Starts a process without a shell, in its own process group: a kill reaches what it started, and it has no terminal
 * to prompt on.
 */
export function startProcess(command: ProcessCommand): Child {
  command.signal?.throwIfAborted();
  const { env, cwd, uid, gid } = command;
  const account = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const process = spawnGroup(command.command, command.args, { env, cwd, ...account, stdio: 'pipe' });
  const name = nameOf(command);
  const kill = () => killGroup(process);
  const ended = endOf(process, name, command, kill);
  // A caller that never reads `ended` (a reader that was stopped on purpose) must not end this process by a rejection.
  ended.catch(() => undefined);
  return { name, stdin: process.stdin, stdout: process.stdout, ended, kill, setKeepsAlive: holder(process) };
}

/**
 * Runs a process to its end and collects its stdout.
 * @throws ProcessTimeoutError, ProcessOutputError, the signal's reason, or an EnvironmentError when there is no such
 *   command. An exit code does not throw.
 */
export async function runProcess(run: ProcessRun): Promise<Ending & { readonly stdout: Buffer }> {
  const child = startProcess(run);
  child.stdin.end(run.input ?? '');
  const stdout = collect(child, run.maxOutputBytes ?? MAX_OUTPUT_BYTES);
  // Wait for both. Then report the process's own end before the pipe's, which may only break because of it.
  await Promise.allSettled([child.ended, stdout]);
  return { ...(await child.ended), stdout: await stdout };
}

/** Starts a program in its own process group, with any pipes. Its caller watches it and ends it. */
export function spawnGroup(
  command: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio & { readonly stdio: 'pipe' },
): ChildProcessWithoutNullStreams;
export function spawnGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
export function spawnGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const process = spawn(command, args, { ...options, detached: true });
  // A process that ends before it has read its input breaks the pipe. Its exit code says whether that matters.
  for (const stream of process.stdio) stream?.on('error', () => undefined);
  return process;
}

function endOf(
  process: ChildProcessWithoutNullStreams,
  name: string,
  command: ProcessCommand,
  kill: () => void,
): Promise<Ending> {
  const stderr = lastBytes(process, MAX_STDERR_BYTES);
  return new Promise<Ending>((resolve, reject) => {
    let stopped: Error | null = null;
    const stop = (reason: Error) => {
      stopped ??= reason;
      kill();
    };
    const timer = Number.isFinite(command.timeLimitMs)
      ? setTimeout(() => stop(new ProcessTimeoutError(name, command.timeLimitMs)), command.timeLimitMs)
      : undefined;
    const onAbort = () => stop(asError(command.signal?.reason));
    command.signal?.addEventListener('abort', onAbort, { once: true });
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
      settle();
    };
    process.once('error', (error) => finish(() => reject(startError(command, error))));
    process.once('close', (exitCode) =>
      finish(() => (stopped === null ? resolve({ exitCode, stderr: stderr() }) : reject(stopped))),
    );
  });
}

function nameOf({ command, args }: ProcessCommand): string {
  const subcommand = args.find((arg) => /^[a-z]/.test(arg) && !arg.includes('='));
  return subcommand === undefined ? command : `${command} ${subcommand}`;
}

function startError(command: ProcessCommand, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new EnvironmentError(`${command.command} was not found`, command.fix, { cause: error });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended between the check and the kill.
  }
}

function lastBytes(process: ChildProcessWithoutNullStreams, limit: number): () => string {
  let kept = Buffer.alloc(0);
  process.stderr.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}

function holder(process: ChildProcessWithoutNullStreams): (keepsAlive: boolean) => void {
  const pipes = [process.stdin, process.stdout, process.stderr].filter((pipe) => pipe instanceof Socket);
  return (keepsAlive) => {
    for (const end of [process, ...pipes]) {
      if (keepsAlive) end.ref();
      else end.unref();
    }
  };
}

async function collect(child: Child, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of child.stdout) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > limit) {
      child.kill();
      throw new ProcessOutputError(child.name, limit);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
