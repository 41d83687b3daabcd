/** Runs one command in its own process group, with limits on time and output, and kills everything it started. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedOutput } from '../results/bounded-output.js';
import { NOT_STARTED, createCommandResult, type CommandResult } from '../results/command-result.js';
import type { Group } from '../shared/process/group.js';
import {
  killCommandProcesses,
  MARKER_VARIABLE,
  takeProcessSnapshot,
  type ProcessSnapshot,
} from './processes.js';
import type { AttachServer } from './runners/runner.js';
import { startScript } from './start-script.js';
import { DRAIN_MS, waitForEnd, collectOutput, WATCHER, type Bounds } from './limits/command-watch.js';

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
  const group = await startCommand(request);
  const printed = group.output(request.attach === undefined ? 1 : 2);
  collectOutput(printed, output, request.onOutput);
  request.attach?.({ input: group.input(0), output: group.output(1) });
  try {
    const ended = await waitForEnd(printed, group.exited, output, request);
    await killProcesses(group, request, before);
    await Promise.race([group.closed, sleep(DRAIN_MS, undefined, { ref: false })]);
    return createCommandResult(await group.exited, ended, output, started);
  } catch (error) {
    await killProcesses(group, request, before);
    throw error;
  } finally {
    group.release();
  }
}

async function killProcesses(
  { started }: Group,
  { id, folder, sharedFolder }: CommandRequest,
  before: ProcessSnapshot,
): Promise<void> {
  const own = sharedFolder === true ? null : folder;
  await killCommandProcesses({ leader: await started, id, folder: own }, before);
}

async function startCommand(request: CommandRequest): Promise<Group> {
  const { command, folder, env, id, input, attach, timeoutMs } = request;
  const group = await startScript(
    {
      command: '/bin/sh',
      args: ['-c', wrapperOf(attach !== undefined), 'sh', command],
      cwd: folder,
      timeLimitMs: timeoutMs,
      env: { ...env, [MARKER_VARIABLE]: id },
      channels:
        attach === undefined
          ? [input === undefined ? 'ignore' : 'input', 'output', 'ignore', 'lifeline']
          : ['input', 'output', 'output', 'lifeline'],
    },
    `Could not start the shell in ${folder}`,
  );
  if (attach === undefined && input !== undefined) group.input(0).end(input);
  return group;
}
