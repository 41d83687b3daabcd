/** Running a command in a container. It has not been run in an engine: its arguments are what is tested. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { runProcess, spawnGroup } from '../../shared/child-process.js';
import { BoundedOutput } from '../../results/bounded-output.js';
import { INSIDE } from './bubblewrap-arguments.js';
import { NOT_STARTED, resultOf, type CommandResult } from '../../results/command-result.js';
import { containerArguments } from './container-arguments.js';
import type { Limits } from '../limits/command-limits.js';
import { TOOLS } from './machine.js';
import type { Runner, RunRequest } from './runner.js';
import { pipeArchive } from './unpack.js';
import { DRAIN_MS, exitOf, firstEnd, collectOutput } from '../limits/watch.js';

/** What runs the containers. */
export interface Engine {
  /** `docker` or `podman`. */
  readonly program: string;
  readonly image: string;
  readonly limits: Limits;
}

/** The exit code of an engine that could not start the container. */
const ENGINE_FAILED = 125;

export function containerRunner(engine: Engine): Runner {
  const { program, image } = engine;
  return {
    describe: () => ({
      kind: 'sandbox',
      summary: `commands run in containers of ${image}, by ${program}: no network, a read-only system, limits on all of it`,
      warning: null,
      gaps: [
        'What a killed container used up (memory, disk) is not told apart: its verdict is an exit code.',
        `Whoever reaches ${program} is as good as root on this machine: the worker does.`,
      ],
    }),
    inside: () => INSIDE,
    run: (request) => runInContainer(engine, request),
  };
}

async function runInContainer(engine: Engine, request: RunRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  const { signal, source, commit, env } = request;
  if (signal?.aborted === true) return resultOf(NOT_STARTED, 'cancelled', output, started);
  const name = `leadwright-${request.place.id}`;
  // PATH is the image's own: the machine's says nothing there.
  const variables = Object.keys(env).filter((variable) => variable !== 'PATH');
  const args = containerArguments({ ...engine, ...request, name, variables });
  const child = spawnGroup(engine.program, args, { env: { ...env, PATH: TOOLS }, stdio: 'pipe' });
  const exited = exitOf(child);
  collectOutput(child, output);
  const drained = once(child, 'close');
  // A program that is not there is told of below.
  drained.catch(() => undefined);
  child.stderr.on('data', (chunk: Buffer) => output.add(chunk));
  try {
    await Promise.all([once(child, 'spawn'), pipeArchive(source.archive(commit, signal), child.stdin)]);
    const ended = await firstEnd(child, exited, output, request);
    if (ended !== 'exited') await kill(engine, name, child);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    const exit = ended === 'exited' ? await exited : ({ code: null, signal: 'SIGKILL' } as const);
    if (exit.code === ENGINE_FAILED) throw engineError(engine, output.text());
    return resultOf(exit, ended, output, started);
  } finally {
    await kill(engine, name, child);
  }
}

/** An engine that is asked to kill a container answers within a second or two. */
const KILL_MS = 10_000;

/** Kills the container; the engine's client alone would leave it running. Nothing happens when it is gone. */
async function kill({ program }: Engine, name: string, client: ChildProcess): Promise<void> {
  const args = ['rm', '--force', name];
  const fix = `Install ${program}.`;
  await runProcess({ command: program, args, env: { PATH: TOOLS }, timeLimitMs: KILL_MS, fix }).catch(
    () => undefined,
  );
  client.kill('SIGKILL');
}

function engineError({ program, image }: Engine, said: string): EnvironmentError {
  return new EnvironmentError(
    `${program} could not start a container of ${image}: ${said.trim()}`,
    'Check that the engine runs and that the image is there (it is never fetched), with /bin/sh, tar and cp in it.',
  );
}
