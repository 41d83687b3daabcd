/** Runs one command in its own process group, with limits on time and output, and kills everything it started. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedOutput } from '../results/bounded-output.js';
import { NOT_STARTED, createCommandResult, type CommandResult } from '../results/command-result.js';
import { killCommandProcesses, MARKER_VARIABLE, takeProcessSnapshot } from './processes.js';
import type { AttachServer } from './runners/runner.js';
import { startShell } from './start-shell.js';
import {
  DRAIN_MS,
  waitForExit,
  waitForEnd,
  collectOutput,
  WATCHER,
  type Bounds,
} from './limits/command-watch.js';

export interface CommandRequest extends Bounds {
  /** Run with `sh -c`. */
  readonly command: string;
  /** The working directory; an absolute path. */
  readonly folder: string;
  /** True when the folder is not the command's own. Other processes that work in it are then not killed. */
  readonly sharedFolder?: boolean;
  /** The content of stdin; empty by default. */
  readonly input?: string;
  /** For a server: called once it has started. Of its output, only stderr is then part of the result. */
  readonly attach?: AttachServer | undefined;
  /** Marks every process of the command; unique among all running commands. */
  readonly id: string;
  /** The complete environment, except for the marker variable. */
  readonly env: Readonly<Record<string, string>>;
}

/** stdout and stderr of a command share one pipe, which keeps their order; a server has them apart. */
const wrapperOf = (isServer: boolean) => `${WATCHER} &
exec /bin/sh -c "$1" ${isServer ? '' : '2>&1 '}3<&-`;

/**
 * Runs a command, then kills every process that it started, including background processes.
 * @throws EnvironmentError when the shell cannot be started
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  if (request.signal?.aborted === true) return createCommandResult(NOT_STARTED, 'cancelled', output, started);
  const before = takeProcessSnapshot();
  const child = await startCommand(request);
  const printed = request.attach === undefined ? child.stdout : child.stderr;
  collectOutput(printed, output);
  const exited = waitForExit(child);
  const drained = once(child, 'close');
  if (child.stdin !== null && child.stdout !== null)
    request.attach?.({ input: child.stdin, output: child.stdout });
  const ended = await waitForEnd(printed, exited, output, request);
  const folder = request.sharedFolder === true ? null : request.folder;
  await killCommandProcesses({ leader: child.pid ?? null, id: request.id, folder }, before);
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  return createCommandResult(await exited, ended, output, started);
}

async function startCommand({
  command,
  folder,
  env,
  id,
  input,
  attach,
}: CommandRequest): Promise<ChildProcess> {
  const child = await startShell(
    ['-c', wrapperOf(attach !== undefined), 'sh', command],
    {
      cwd: folder,
      env: { ...env, [MARKER_VARIABLE]: id },
      stdio:
        attach === undefined
          ? [input === undefined ? 'ignore' : 'pipe', 'pipe', 'ignore', 'pipe']
          : ['pipe', 'pipe', 'pipe', 'pipe'],
    },
    `Could not start the shell in ${folder}`,
  );
  if (attach === undefined) child.stdin?.end(input);
  return child;
}
