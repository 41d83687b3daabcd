import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Socket } from 'node:net';
import { EnvironmentError } from '../../contract/errors.js';
import { GitTimeoutError } from './git-errors.js';
import { MAX_STDERR_BYTES } from './git-limits.js';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Working folder; must exist. */
  readonly cwd?: string | undefined;
  readonly timeLimitMs: number;
  /** Its abort kills the process and makes `ended` throw the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How to get the command when there is none. */
  readonly fix: string;
}

export interface ChildExit {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly stderr: string;
}

export interface Child {
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  readonly stdout: ChildProcessWithoutNullStreams['stdout'];
  /** Settles once the process is gone and its pipes are closed; `stdout` must be read for that to happen. */
  readonly ended: Promise<ChildExit>;
  /** Kills the process and all it started. Safe to call at any time. */
  kill(): void;
  /** Whether the process keeps this one alive. */
  setKeepsAlive(holding: boolean): void;
}

/**
 * Starts a process without a shell, in a process group of its own: a kill reaches what it started, and it has
 * no terminal to ask on.
 */
export function startChild(command: ChildCommand): Child {
  command.signal?.throwIfAborted();
  const process = spawn(command.command, [...command.args], {
    env: command.env,
    cwd: command.cwd,
    stdio: 'pipe',
    detached: true,
  });
  const kill = () => killGroup(process);
  // A process that ends before it has read its input breaks the pipe; its exit code says why.
  process.stdin.on('error', () => undefined);
  const ended = waitForExit(process, command, kill);
  // Whoever never looks at `ended` (a reader that was stopped on purpose) must not bring the process down.
  ended.catch(() => undefined);
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    ended,
    kill,
    setKeepsAlive: createKeepAlive(process),
  };
}

function waitForExit(process: ChildProcessWithoutNullStreams, command: ChildCommand, kill: () => void) {
  const stderr = collectStderr(process, MAX_STDERR_BYTES);
  return new Promise<ChildExit>((resolve, reject) => {
    let stopped: Error | null = null;
    const stop = (reason: Error) => {
      stopped ??= reason;
      kill();
    };
    const name = [command.command, command.args.find((arg) => /^[a-z]/.test(arg) && !arg.includes('='))].join(
      ' ',
    );
    const timer = Number.isFinite(command.timeLimitMs)
      ? setTimeout(() => stop(new GitTimeoutError(name, command.timeLimitMs)), command.timeLimitMs)
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

function startError(command: ChildCommand, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ENOENT') return error;
  return new EnvironmentError(`${command.command} was not found`, command.fix, { cause: error });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended between the look and the kill.
  }
}

function collectStderr(process: ChildProcessWithoutNullStreams, limit: number): () => string {
  let kept = Buffer.alloc(0);
  process.stderr.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}

function createKeepAlive(process: ChildProcessWithoutNullStreams): (holding: boolean) => void {
  const pipes = [process.stdin, process.stdout, process.stderr].filter((pipe) => pipe instanceof Socket);
  return (holding) => {
    for (const end of [process, ...pipes]) {
      if (holding) end.ref();
      else end.unref();
    }
  };
}
