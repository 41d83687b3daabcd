/** Runs programs to their end: limits on time and output, and what they print. */
import type { Readable, Writable } from 'node:stream';
import { EnvironmentError } from '../../contract/errors.js';
import { errorCode } from '../error-code.js';
import { startGroup, type Group } from './group.js';
import { missingFolder } from './missing-folder.js';

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
  /** Bytes of memory that it may allocate, where the system can limit them (Linux). No limit by default. */
  readonly memoryBytes?: number | undefined;
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
  readonly stdin: Writable;
  readonly stdout: Readable;
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
  const { group, child } = start(command, 'input');
  const setKeepsAlive = (keepsAlive: boolean) => group.setKeepsAlive(keepsAlive);
  return { ...child, stdin: group.input(0), setKeepsAlive };
}

/**
 * Runs a process to its end and collects its stdout.
 * @throws ProcessTimeoutError, ProcessOutputError, the signal's reason, or an EnvironmentError when there is no such
 *   command or folder. An exit code does not throw.
 */
export async function runProcess(run: ProcessRun): Promise<Ending & { readonly stdout: Buffer }> {
  const { group, child } = start(run, run.input === undefined ? 'ignore' : 'input');
  if (run.input !== undefined) group.input(0).end(run.input);
  const stdout = collect(child, run.maxOutputBytes ?? MAX_OUTPUT_BYTES);
  // Wait for both. Then report the process's own end before the pipe's, which may only break because of it.
  await Promise.allSettled([child.ended, stdout]);
  return { ...(await child.ended), stdout: await stdout };
}

type OutputOfChild = Pick<Child, 'name' | 'stdout' | 'ended' | 'kill'>;

function start(
  command: ProcessCommand,
  stdin: 'input' | 'ignore',
): { readonly group: Group; readonly child: OutputOfChild } {
  command.signal?.throwIfAborted();
  const { env, cwd, uid, gid, timeLimitMs } = command;
  const group = startGroup({
    ...{ ...limited(command), env, cwd, uid, gid },
    timeLimitMs: Number.isFinite(timeLimitMs) ? timeLimitMs : undefined,
    channels: [stdin, 'output', 'output'],
  });
  const name = nameOf(command);
  const ended = endOf(group, name, command);
  // A caller that never reads `ended` (a reader that was stopped on purpose) must not end this process by a rejection.
  ended.catch(() => undefined);
  return { group, child: { name, stdout: group.output(1), ended, kill: () => group.kill() } };
}

/** The words that start the process, with its memory limit. A shell takes a millisecond, and every system has one. */
function limited({ command, args, memoryBytes }: ProcessCommand): Pick<ProcessCommand, 'command' | 'args'> {
  if (memoryBytes === undefined || process.platform !== 'linux') return { command, args };
  // A lower limit of this process's own stays: it fails then.
  const script = `ulimit -S -d ${memoryBytes / 1024} 2>/dev/null; exec "$@"`;
  return { command: '/bin/sh', args: ['-c', script, 'sh', command, ...args] };
}

function endOf(group: Group, name: string, command: ProcessCommand): Promise<Ending> {
  const stderr = lastBytes(group.output(2), MAX_STDERR_BYTES);
  return new Promise<Ending>((resolve, reject) => {
    let stopped: Error | null = null;
    const onAbort = () => {
      stopped ??= asError(command.signal?.reason);
      group.kill();
    };
    command.signal?.addEventListener('abort', onAbort, { once: true });
    const finish = (settle: () => void) => {
      command.signal?.removeEventListener('abort', onAbort);
      settle();
    };
    group.closed.then(
      ({ code, isLate }) =>
        finish(() => {
          if (isLate) stopped ??= new ProcessTimeoutError(name, command.timeLimitMs);
          if (stopped === null) resolve({ exitCode: code, stderr: stderr() });
          else reject(stopped);
        }),
      (error: unknown) => finish(() => reject(startError(command, asError(error)))),
    );
  });
}

function nameOf({ command, args }: ProcessCommand): string {
  const subcommand = args.find((arg) => /^[a-z]/.test(arg) && !arg.includes('='));
  return subcommand === undefined ? command : `${command} ${subcommand}`;
}

function startError(command: ProcessCommand, error: Error): Error {
  if (errorCode(error) !== 'ENOENT') return error;
  const missing = missingFolder(command.cwd, error);
  if (missing !== null) return missing;
  return new EnvironmentError(`${command.command} was not found`, command.fix, { cause: error });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function lastBytes(printed: Readable, limit: number): () => string {
  let kept = Buffer.alloc(0);
  printed.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}

async function collect(child: OutputOfChild, limit: number): Promise<Buffer> {
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
