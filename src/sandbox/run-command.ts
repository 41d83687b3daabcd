/** Running one command in a process group of its own, bounded in time and output, leaving nothing behind. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedOutput } from '../results/bounded-output.js';
import { NOT_STARTED, resultOf, type CommandResult } from '../results/command-result.js';
import { killMarked, MARKER, snapshot } from './processes.js';
import { startShell } from './start-shell.js';
import { DRAIN_MS, exitOf, firstEnd, collectOutput, WATCHER, type Bounds } from './limits/watch.js';

export interface CommandRequest extends Bounds {
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
}

/** One pipe for stdout and stderr keeps their order. */
const WRAPPER = `${WATCHER} &
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
  collectOutput(child, output);
  const exited = exitOf(child);
  const drained = once(child, 'close');
  const ended = await firstEnd(child, exited, output, request);
  const folder = request.sharedFolder === true ? null : request.folder;
  await killMarked({ leader: child.pid ?? null, id: request.id, folder }, before);
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  return resultOf(await exited, ended, output, started);
}

async function start({ command, folder, env, id, input }: CommandRequest): Promise<ChildProcess> {
  const child = await startShell(
    ['-c', WRAPPER, 'sh', command],
    {
      cwd: folder,
      env: { ...env, [MARKER]: id },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore', 'pipe'],
    },
    `The shell could not be started in ${folder}`,
  );
  child.stdin?.end(input);
  return child;
}
