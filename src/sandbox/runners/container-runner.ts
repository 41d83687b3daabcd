/** Runs commands in containers. Only its arguments are tested; it has not been run with a container engine. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess } from '../../shared/process/child-process.js';
import { startGroup, type Group } from '../../shared/process/group.js';
import { BoundedOutput } from '../../results/bounded-output.js';
import { SANDBOX_FOLDERS } from './bubblewrap-arguments.js';
import { NOT_STARTED, createCommandResult, type CommandResult } from '../../results/command-result.js';
import { buildContainerArguments } from './container-arguments.js';
import type { Limits } from '../limits/command-limits.js';
import { TOOL_PATH } from './machine.js';
import { NoSandboxError } from './no-sandbox-error.js';
import { CannotAttachError, type Runner, type RunRequest } from './runner.js';
import { makeScratchFolder } from '../scratch-folder.js';
import { pipeArchive } from './unpack.js';
import { DRAIN_MS, SET_UP_MS, waitForEnd, collectOutput } from '../limits/command-watch.js';

/** The container engine and its settings. */
export interface Engine {
  /** `docker` or `podman`. */
  readonly program: string;
  readonly image: string;
  readonly limits: Limits;
}

/** The engine's exit code when it could not start the container. */
const ENGINE_FAILED = 125;

export function createContainerRunner(engine: Engine): Runner {
  const { program, image } = engine;
  return {
    describe: () => ({
      kind: 'sandbox',
      summary: `commands run in containers of ${image}, by ${program}: no network, a read-only system, and resource limits`,
      warning: null,
      gaps: [
        'When a container exceeds a limit (memory, disk), the verdict gives an exit code and not the limit.',
        'With `network: setup`, the setup command uses the engine’s network and reaches services in your own network.',
        `The worker can use ${program}, which is equivalent to root access on this machine.`,
      ],
    }),
    visibleFolders: () => SANDBOX_FOLDERS,
    run: (request) => runInContainer(engine, request),
  };
}

async function runInContainer(engine: Engine, request: RunRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  const { signal, source, commit, env } = request;
  if (request.attach !== undefined) {
    throw new CannotAttachError(
      'an MCP server cannot be attached to a container',
      'Set `trusted: true` for it, give its `url`, or unset LEADWRIGHT_SANDBOX_IMAGE to use bubblewrap',
    );
  }
  if (signal?.aborted === true) return createCommandResult(NOT_STARTED, 'cancelled', output, started);
  await makeScratchFolder(request.scratch);
  const name = `leadwright-${request.scratch.id}`;
  // The container uses the image's PATH: the machine's paths do not exist in it.
  const variables = Object.keys(env).filter((variable) => variable !== 'PATH');
  const args = buildContainerArguments({ ...engine, ...request, name, variables });
  const client = startGroup({
    command: engine.program,
    args,
    env: { ...env, PATH: TOOL_PATH },
    timeLimitMs: request.timeoutMs + SET_UP_MS,
    channels: ['input', 'output', 'output'],
  });
  const printed = client.output(1);
  collectOutput(printed, output, request.onOutput);
  collectOutput(client.output(2), output);
  try {
    await Promise.all([client.started, pipeArchive(source.archive(commit, signal), client.input(0))]);
    const ended = await waitForEnd(printed, client.exited, output, request);
    if (ended !== 'exited') await killContainer(engine, name, client);
    await Promise.race([client.closed, sleep(DRAIN_MS, undefined, { ref: false })]);
    const exit = ended === 'exited' ? await client.exited : ({ code: null, signal: 'SIGKILL' } as const);
    if (exit.code === ENGINE_FAILED) throw createEngineError(engine, output.text());
    return createCommandResult(exit, ended, output, started);
  } finally {
    await killContainer(engine, name, client);
  }
}

/** An engine normally kills a container within a second or two. */
const KILL_MS = 10_000;

/** Kills the container. Killing only the engine's client would leave it running. Does nothing when it has exited. */
async function killContainer({ program }: Engine, name: string, client: Group): Promise<void> {
  const args = ['rm', '--force', name];
  const fix = `Install ${program}.`;
  await runProcess({ command: program, args, env: { PATH: TOOL_PATH }, timeLimitMs: KILL_MS, fix }).catch(
    () => undefined,
  );
  client.kill();
}

function createEngineError({ program, image }: Engine, errorOutput: string): NoSandboxError {
  return new NoSandboxError(
    `${program} could not start a container of ${image}: ${errorOutput.trim()}`,
    'Check that the engine runs, and that the image exists locally (it is never pulled) and contains /bin/sh, tar and cp.',
  );
}
