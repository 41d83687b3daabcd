/** Runs commands in a bubblewrap sandbox. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedOutput } from '../../results/bounded-output.js';
import {
  buildBubblewrapArguments,
  DESCRIPTOR,
  SANDBOX_FOLDERS,
  type BindMount,
  type SandboxView,
} from './bubblewrap-arguments.js';
import { createCgroup, type Cgroup } from '../limits/cgroup.js';
import {
  NOT_STARTED,
  createCommandResult,
  type CommandResult,
  type EndReason,
  type Exit,
} from '../../results/command-result.js';
import { findLeakingDescriptors, createStdio } from '../../shared/descriptors.js';
import {
  buildLaunchScript,
  buildOuterScript,
  INPUT_DESCRIPTOR,
  REPORT_DESCRIPTOR,
  networkMountPoint,
  STAGE,
  toolChainMountPoint,
} from './launch-script.js';
import { TOOL_PATH, type Machine } from './machine.js';
import { createSetUpError } from './no-sandbox-error.js';
import { killGroup } from '../processes.js';
import type { Containment, Runner, RunRequest } from './runner.js';
import { SandboxStatus } from './bubblewrap-status.js';
import { seccompFilter } from '../limits/seccomp.js';
import type { ScratchFolder } from '../scratch-folder.js';
import { startShell } from '../start-shell.js';
import { EGRESS_SOCKET, startEgressProxy } from '../setup-network/egress-proxy.js';
import type { EgressRules } from '../setup-network/egress-rules.js';
import { forwarderWords, proxyEnvironment, SOCKET_IN_SANDBOX } from '../setup-network/forwarder.js';
import { isWithin } from './tool-chains.js';
import { pipeArchive } from './unpack.js';
import { MemoryWatch } from '../limits/memory-watch.js';
import {
  DRAIN_MS,
  waitForExit,
  waitForEnd,
  collectOutput,
  type LimitCheck,
} from '../limits/command-watch.js';

/**
 * All processes of a sandbox die with its init process within 4 to 15 ms, and then bubblewrap exits by itself. If it
 * does not, it is killed after this time.
 */
const SELF_EXIT_MS = 200;

/**
 * @param containment the result of `describe`
 * @param egress where a command with a network may connect to
 */
export function createBubblewrapRunner(
  machine: Machine,
  containment: Containment,
  egress: EgressRules,
): Runner {
  const filter = seccompFilter(process.arch, machine.cgroupParents !== null);
  const resources = { machine, egress, filter, devNull: openSync('/dev/null', 'r') };
  return {
    describe: () => containment,
    visibleFolders: () => SANDBOX_FOLDERS,
    run: (request) => runInSandbox(resources, request),
  };
}

interface Resources {
  readonly machine: Machine;
  readonly egress: EgressRules;
  readonly filter: Buffer | null;
  /** A descriptor of /dev/null. */
  readonly devNull: number;
}

async function runInSandbox(resources: Resources, request: RunRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  if (request.signal?.aborted === true) return createCommandResult(NOT_STARTED, 'cancelled', output, started);
  const { cgroupParents, limits } = resources.machine;
  const cgroup = cgroupParents === null ? null : createCgroup(cgroupParents, request.scratch.id, limits);
  const proxy = request.network ? await startEgressProxy(request.scratch.root, resources.egress) : null;
  try {
    const { ended, exitCode } = await runInCgroup(resources, request, cgroup, output);
    // Package managers show no more of a refusal than its status.
    for (const refusal of proxy?.refusals ?? []) output.add(Buffer.from(`${refusal}\n`));
    const exit = ended === 'exited' ? { code: exitCode, signal: null } : KILLED;
    return createCommandResult(exit, ended, output, started);
  } finally {
    await proxy?.close();
    await cgroup?.remove();
  }
}

/** The exit of a command that was stopped. */
const KILLED = { code: null, signal: 'SIGKILL' } as const;

interface End {
  readonly ended: EndReason;
  readonly exitCode: number | null;
}

async function runInCgroup(
  resources: Resources,
  request: RunRequest,
  cgroup: Cgroup | null,
  output: BoundedOutput,
): Promise<End> {
  const { limits } = resources.machine;
  const sandbox = await launch(resources, request, cgroup?.entries ?? []);
  const printed = request.attach === undefined ? sandbox.child.stdout : sandbox.child.stderr;
  collectOutput(printed, output);
  const drained = once(sandbox.child, 'close');
  const watch = cgroup === null ? watchMemory(sandbox.status, limits.memoryBytes) : null;
  const checkLimits =
    cgroup === null
      ? () => (watch?.exceeded === true ? 'memory' : null)
      : createLimitCheck(cgroup, request.timeoutMs * limits.processors);
  try {
    await unpackCommit(sandbox, request);
    attachServer(sandbox.child, request);
    const first = await waitForEnd(printed, sandbox.exited, output, request, checkLimits);
    await stopSandbox(sandbox);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    const { exitCode, diskFull, errorOutput } = sandbox.status;
    const ended = first === 'exited' ? (checkLimits() ?? first) : first;
    if (ended !== 'exited') return { ended, exitCode: null };
    if (exitCode === null) throw createSetUpError(output.text() + errorOutput);
    return { ended: exitCode !== 0 && diskFull ? 'disk' : ended, exitCode };
  } finally {
    watch?.close();
    await stopSandbox(sandbox);
    for (const stream of sandbox.child.stdio) stream?.destroy();
  }
}

/** Reports `memory` as soon as one process was killed for lack of memory, because the exit code need not show it. */
function createLimitCheck(cgroup: Cgroup, processorMs: number): LimitCheck {
  return () => {
    const usage = cgroup.usage();
    if (usage.outOfMemory > 0) return 'memory';
    return usage.processorMs !== null && usage.processorMs > processorMs ? 'processor' : null;
  };
}

function watchMemory(status: SandboxStatus, limitBytes: number): MemoryWatch {
  return new MemoryWatch({
    limitBytes,
    initPid: () => status.initPid(),
    folder: SANDBOX_FOLDERS.tmp,
    stop: () => status.killInit(),
  });
}

interface Sandbox {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly status: SandboxStatus;
}

async function launch(
  { machine, egress, filter, devNull }: Resources,
  request: RunRequest,
  cgroupEntries: readonly string[],
): Promise<Sandbox> {
  const network = request.network ? networkFiles(machine, request.scratch) : [];
  const before = request.network ? forwarderWords(process.execPath) : [];
  const script = buildLaunchScript({
    ...machine,
    ...request,
    network: network.map(({ from }) => from),
    before,
    cgroupEntries,
    isServer: request.attach !== undefined,
  });
  const view: SandboxView = {
    ...machine,
    stage: STAGE,
    toolChains: machine.toolChains.map((at, index) => ({ from: toolChainMountPoint(index), at })),
    network: network.map(({ at }, index) => ({ from: networkMountPoint(index), at })),
    env: request.network ? { ...request.env, ...proxyEnvironment(egress) } : request.env,
    readOnlyTree: request.attach !== undefined,
  };
  const pipes = Array.from({ length: REPORT_DESCRIPTOR + 1 }, () => 'pipe' as const);
  if (request.attach !== undefined) pipes[INPUT_DESCRIPTOR] = 'pipe';
  const child = await startShell(
    ['-c', buildOuterScript(machine.slotUids), 'sh', script],
    {
      cwd: '/',
      env: { PATH: TOOL_PATH, LC_ALL: 'C' },
      stdio: createStdio(pipes, findLeakingDescriptors(), devNull),
    },
    'Could not start the sandbox',
  );
  findPipe(child, DESCRIPTOR.arguments).end(
    `${buildBubblewrapArguments(view, filter !== null).join('\0')}\0`,
  );
  findPipe(child, DESCRIPTOR.filter).end(filter ?? '');
  const status = new SandboxStatus({
    bubblewrap: findPipe(child, DESCRIPTOR.status),
    launcher: findPipe(child, REPORT_DESCRIPTOR),
    errors: child.stderr,
  });
  return { child, exited: waitForExit(child), status };
}

/** The proxy's socket, and Node for the forwarder where a command does not see it anyway. */
function networkFiles({ system, toolChains }: Machine, scratch: ScratchFolder): BindMount[] {
  const visible = [...system.map(({ path }) => path), ...toolChains];
  const node = process.execPath;
  return [
    { from: join(scratch.root, EGRESS_SOCKET), at: SOCKET_IN_SANDBOX },
    ...(visible.some((folder) => isWithin(node, folder)) ? [] : [{ from: node, at: node }]),
  ];
}

function attachServer(child: ChildProcess, { attach }: RunRequest): void {
  if (attach === undefined || child.stdout === null) return;
  attach({ input: findPipe(child, INPUT_DESCRIPTOR), output: child.stdout });
}

/** Finds the pipe of a descriptor above 4, which Node's types do not include. */
function findPipe(child: ChildProcess, descriptor: number): Duplex {
  const streams: readonly unknown[] = child.stdio;
  const pipe = streams[descriptor];
  if (pipe instanceof Duplex) return pipe;
  throw new Error(`descriptor ${descriptor} of the sandbox is not a pipe`);
}

/** Unpacks the commit's files in the sandbox, which then starts its command. */
async function unpackCommit(
  { child, exited, status }: Sandbox,
  { source, commit, signal }: RunRequest,
): Promise<void> {
  if (child.stdin === null) throw new Error('the sandbox has no standard input');
  await pipeArchive(source.archive(commit, signal), child.stdin);
  const settled = new AbortController();
  const cancelled = new Promise<false>((resolve) =>
    signal?.addEventListener('abort', () => resolve(false), { signal: settled.signal }),
  );
  // A set-up may hang, for example on a file system whose server is gone.
  const ready = await Promise.race([status.ready, exited.then(() => false), cancelled]);
  settled.abort();
  if (ready) return;
  signal?.throwIfAborted();
  await status.ended;
  throw createSetUpError(status.errorOutput);
}

/** Kills all processes and waits until they have exited. Safe to call again. */
async function stopSandbox({ child, exited, status }: Sandbox): Promise<void> {
  status.killInit();
  await Promise.race([exited, sleep(SELF_EXIT_MS, undefined, { ref: false })]);
  // The watcher is still running in the group in any case.
  if (child.pid !== undefined) killGroup(child.pid);
  await status.waitUntilGone();
}
