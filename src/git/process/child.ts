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
  /** On abort the process is killed and `ended` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What to do when the command is not installed; shown to the user. */
  readonly fix: string;
}

export interface ChildExit {
  /** Null when the process was killed. */
  readonly exitCode: number | null;
  readonly stderr: string;
}

export interface Child {
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  readonly stdout: ChildProcessWithoutNullStreams['stdout'];
  /** Settles once the process has exited and its pipes are closed. That requires that `stdout` is read. */
  readonly ended: Promise<ChildExit>;
  /** Kills the process and everything that it started. Safe to call at any time. */
  kill(): void;
  /** Sets whether the child keeps this process alive. */
  setKeepsAlive(keepsAlive: boolean): void;
}

/**
 * Starts a process without a shell and in its own process group, so that a kill reaches its children, and it has no
 * terminal to prompt on.
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
  // A process that exits before it has read its input breaks the pipe. Its exit code reports the cause.
  process.stdin.on('error', () => undefined);
  const ended = waitForExit(process, command, kill);
  // A caller that never awaits `ended` (it stopped the child on purpose) must not cause an unhandled rejection.
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
    // It exited between the check and the kill.
  }
}

function collectStderr(process: ChildProcessWithoutNullStreams, limit: number): () => string {
  let kept = Buffer.alloc(0);
  process.stderr.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}

function createKeepAlive(process: ChildProcessWithoutNullStreams): (keepsAlive: boolean) => void {
  const pipes = [process.stdin, process.stdout, process.stderr].filter((pipe) => pipe instanceof Socket);
  return (keepsAlive) => {
    for (const handle of [process, ...pipes]) {
      if (keepsAlive) handle.ref();
      else handle.unref();
    }
  };
}
