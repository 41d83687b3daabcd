/** Running a command in a sandbox of bubblewrap's. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { BoundedOutput } from '../../results/bounded-output.js';
import { bubblewrapArguments, DESCRIPTOR, INSIDE, type SandboxView } from './bubblewrap-arguments.js';
import { makeCgroup, type Cgroup } from '../limits/cgroup.js';
import {
  NOT_STARTED,
  resultOf,
  type CommandResult,
  type Ended,
  type Exit,
} from '../../results/command-result.js';
import { leakingDescriptors, stdioWithout } from '../../shared/descriptors.js';
import { launchScript, withParentWatch, REPORT, STAGE, toolChainStage } from './launch-script.js';
import { TOOLS, type Machine } from './machine.js';
import { killGroup } from '../processes.js';
import type { Containment, Runner, RunRequest } from './runner.js';
import { SandboxStatus } from './bubblewrap-status.js';
import { seccompFilter } from '../limits/seccomp.js';
import { startShell } from '../start-shell.js';
import { pipeArchive } from './unpack.js';
import { DRAIN_MS, exitOf, firstEnd, collectOutput } from '../limits/watch.js';

/**
 * Everything in a sandbox dies with its first process, in 4 to 15 ms, and bubblewrap ends by itself then. When
 * it does not, it is ended after this time.
 */
const END_MS = 200;

/** @param containment what `describe` says of it */
export function bubblewrapRunner(machine: Machine, containment: Containment): Runner {
  const means = { machine, filter: seccompFilter(process.arch), nothing: openSync('/dev/null', 'r') };
  return {
    describe: () => containment,
    inside: () => INSIDE,
    run: (request) => runInSandbox(means, request),
  };
}

interface Means {
  readonly machine: Machine;
  readonly filter: Buffer | null;
  /** An open /dev/null. */
  readonly nothing: number;
}

async function runInSandbox(means: Means, request: RunRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  if (request.signal?.aborted === true) return resultOf(NOT_STARTED, 'cancelled', output, started);
  const { cgroupParents, limits } = means.machine;
  const cgroup = cgroupParents === null ? null : makeCgroup(cgroupParents, request.place.id, limits);
  try {
    const { ended, exitCode } = await runInGroup(means, request, cgroup, output);
    const exit = ended === 'exited' ? { code: exitCode, signal: null } : KILLED;
    return resultOf(exit, ended, output, started);
  } finally {
    await cgroup?.remove();
  }
}

/** How a command ends that did not end by itself. */
const KILLED = { code: null, signal: 'SIGKILL' } as const;

interface End {
  readonly ended: Ended;
  readonly exitCode: number | null;
}

async function runInGroup(
  means: Means,
  request: RunRequest,
  cgroup: Cgroup | null,
  output: BoundedOutput,
): Promise<End> {
  const guard = guardOf(cgroup, request.timeoutMs * means.machine.limits.processors);
  const sandbox = await launch(means, request, cgroup?.entries ?? []);
  collectOutput(sandbox.child, output);
  const drained = once(sandbox.child, 'close');
  try {
    await fill(sandbox, request);
    const first = await firstEnd(sandbox.child, sandbox.exited, output, request, guard);
    await end(sandbox);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    const { exitCode, diskFull, said } = sandbox.status;
    const ended = first === 'exited' ? (guard() ?? first) : first;
    if (ended !== 'exited') return { ended, exitCode: null };
    if (exitCode === null) throw setUpError(output.text() + said);
    return { ended: exitCode !== 0 && diskFull ? 'disk' : ended, exitCode };
  } finally {
    await end(sandbox);
    for (const stream of sandbox.child.stdio) stream?.destroy();
  }
}

/** A process killed for want of memory makes the whole command one that was: no exit code need tell. */
function guardOf(cgroup: Cgroup | null, processorMs: number): () => Ended | null {
  return () => {
    const usage = cgroup?.usage();
    if (usage === undefined) return null;
    if (usage.outOfMemory > 0) return 'memory';
    return usage.processorMs !== null && usage.processorMs > processorMs ? 'processor' : null;
  };
}

interface Sandbox {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly status: SandboxStatus;
}

async function launch(
  { machine, filter, nothing }: Means,
  request: RunRequest,
  cgroupEntries: readonly string[],
): Promise<Sandbox> {
  const { env, network } = request;
  const script = launchScript({ ...machine, ...request, cgroupEntries });
  const view: SandboxView = {
    ...machine,
    stage: STAGE,
    toolChains: machine.toolChains.map((at, index) => ({ from: toolChainStage(index), at })),
    network,
    env,
  };
  const pipes = Array.from({ length: REPORT + 1 }, () => 'pipe' as const);
  const child = await startShell(
    ['-c', withParentWatch(machine.slotUids), 'sh', script],
    {
      cwd: '/',
      env: { PATH: TOOLS, LC_ALL: 'C' },
      stdio: stdioWithout(pipes, leakingDescriptors(), nothing),
    },
    'The sandbox could not be started',
  );
  pipeOf(child, DESCRIPTOR.arguments).end(`${bubblewrapArguments(view, filter !== null).join('\0')}\0`);
  pipeOf(child, DESCRIPTOR.filter).end(filter ?? '');
  const status = new SandboxStatus({
    bubblewrap: pipeOf(child, DESCRIPTOR.status),
    launcher: pipeOf(child, REPORT),
    errors: child.stderr,
  });
  return { child, exited: exitOf(child), status };
}

/** A pipe beyond those that Node's types know of. */
function pipeOf(child: ChildProcess, descriptor: number): Duplex {
  const streams: readonly unknown[] = child.stdio;
  const pipe = streams[descriptor];
  if (pipe instanceof Duplex) return pipe;
  throw new Error(`descriptor ${descriptor} of the sandbox is no pipe`);
}

/** Puts the commit's files into the sandbox; its command is started when they are there. */
async function fill(
  { child, exited, status }: Sandbox,
  { source, commit, signal }: RunRequest,
): Promise<void> {
  if (child.stdin === null) throw new Error('the sandbox has no standard input');
  await pipeArchive(source.archive(commit, signal), child.stdin);
  const ready = await Promise.race([status.ready, exited.then(() => false)]);
  if (ready) return;
  signal?.throwIfAborted();
  await status.ended;
  throw setUpError(status.said);
}

/** Ends everything, and waits until it is gone. Safe to call again. */
async function end({ child, exited, status }: Sandbox): Promise<void> {
  status.killFirst();
  await Promise.race([exited, sleep(END_MS, undefined, { ref: false })]);
  // The watcher is left of the group in any case.
  if (child.pid !== undefined) killGroup(child.pid);
  await status.untilGone();
}

function setUpError(said: string): EnvironmentError {
  return new EnvironmentError(
    `The sandbox could not be set up: ${said.trim()}`,
    'Run `leadwright doctor` to see what it lacks.',
  );
}
