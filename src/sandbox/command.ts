/** Running one command in a process group of its own, bounded in time and output, leaving nothing behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError, messageOf } from '../errors.js';
import { BoundedOutput } from './bounded-output.js';
import { killMarked, MARKER, snapshot } from './processes.js';

export interface CommandRequest {
  /** Run with `sh -c`. */
  readonly command: string;
  /** Where it runs; an absolute path. */
  readonly folder: string;
  /** The folder is not the command's own: what else works in it is left alone. */
  readonly sharedFolder?: boolean;
  /** What it reads on stdin; without it there is nothing to read. */
  readonly input?: string;
  /** Marks every process that it starts; unique among all that run. */
  readonly id: string;
  /** Its whole environment, but for the marker. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** How much of its output is kept. */
  readonly outputLimitBytes: number;
  /** Ends the command at once. */
  readonly signal?: AbortSignal | undefined;
}

/** How it came to its end: by itself, or because time was over, it was cancelled, or printed without end. */
export type Ended = 'exited' | 'timeout' | 'cancelled' | 'output';

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ended: Ended;
  readonly ms: number;
  /** stdout and stderr as they came, bounded: the beginning and the end, with a line in place of the rest. */
  readonly output: string;
  /** How much was printed, kept or not. */
  readonly outputBytes: number;
  /** The shell could not find what it was to run. */
  readonly commandNotFound: boolean;
}

/** How much of a command's output is kept: thousands of lines, yet a row of the database that can be read. */
export const OUTPUT_LIMIT_BYTES = 512 * 1024;
/**
 * A command that prints this many times what is kept is ended. Draining it until its time is over would cost
 * a core for minutes, and nobody reads the 256th part of such an output.
 */
const OUTPUT_CAP_RATIO = 256;
/** What the pipe still holds arrives at once when its writers are dead; an unkillable one must not hang us. */
const DRAIN_MS = 500;

/**
 * One pipe for stdout and stderr keeps their order. Descriptor 3 is a leash: this process holds its other
 * end, so that when it dies, however suddenly, the watcher reads the end of it and kills the group. The
 * watcher also keeps the group's number from being given to another before the group is killed.
 */
const WRAPPER = `{ read -r _ <&3; kill -s KILL -- -$$; } >/dev/null 2>&1 &
exec /bin/sh -c "$1" 2>&1 3<&-`;

/**
 * Runs a command and ends everything that it started, background processes included.
 * @throws EnvironmentError when no shell could be started
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  if (request.signal?.aborted === true) return resultOf(NOT_STARTED, 'cancelled', output, started);
  const before = snapshot();
  const child = await start(request);
  const exited = exitOf(child);
  const drained = once(child, 'close');
  const ended = await firstEnd(child, exited, output, request);
  const folder = request.sharedFolder === true ? null : request.folder;
  await killMarked({ leader: child.pid ?? null, id: request.id, folder }, before);
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  return resultOf(await exited, ended, output, started);
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
const NOT_STARTED: Exit = { code: null, signal: null };

async function start({ command, folder, env, id, input }: CommandRequest): Promise<ChildProcess> {
  try {
    const child = spawn('/bin/sh', ['-c', WRAPPER, 'sh', command], {
      cwd: folder,
      env: { ...env, [MARKER]: id },
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore', 'pipe'],
    });
    // A command need not read what it is given.
    child.stdin?.on('error', () => undefined).end(input);
    await once(child, 'spawn');
    // The leash's other end breaks when the group is killed; that is no error of ours.
    child.stdio[3]?.on('error', () => undefined);
    return child;
  } catch (error) {
    throw new EnvironmentError(
      `The shell could not be started in ${folder}: ${messageOf(error)}`,
      'Check that /bin/sh is there and that this machine can start more processes.',
      { cause: error },
    );
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** Waits for the command's own end or for a reason to end it, taking in its output meanwhile. */
async function firstEnd(
  child: ChildProcess,
  exited: Promise<Exit>,
  output: BoundedOutput,
  { timeoutMs, outputLimitBytes, signal }: CommandRequest,
): Promise<Ended> {
  const cap = outputLimitBytes * OUTPUT_CAP_RATIO;
  let end: (how: Ended) => void = () => undefined;
  const told = new Promise<Ended>((resolve) => {
    end = resolve;
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    output.add(chunk);
    if (output.bytes > cap) end('output');
  });
  const timer = setTimeout(() => end('timeout'), timeoutMs);
  const cancel = (): void => end('cancelled');
  signal?.addEventListener('abort', cancel, { once: true });
  // It may have come while the shell was being started: an event that is over tells nobody.
  if (signal?.aborted === true) cancel();
  try {
    return await Promise.race([told, exited.then(() => 'exited' as const)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

function resultOf(exit: Exit, ended: Ended, output: BoundedOutput, started: number): CommandResult {
  const text = output.text();
  return {
    exitCode: exit.code,
    signal: exit.signal,
    ended,
    ms: Math.round(performance.now() - started),
    output: text,
    outputBytes: output.bytes,
    commandNotFound: ended === 'exited' && saysNotFound(exit.code, text),
  };
}

/**
 * 127 alone is not enough: a test runner may exit with its number of failures. The shell's own line is
 * recognised by its shape ("sh: 1: mocha: not found"), whatever language it speaks; npm passes both on.
 */
export function saysNotFound(exitCode: number | null, output: string): boolean {
  return exitCode === 127 && /^(?:\/\S*\/)?(?:[a-z]*sh|env): .+: .+$/m.test(output);
}
