/** Runs commands in a bubblewrap sandbox. */
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
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
} from '../../results/command-result.js';
import { errorCode } from '../../shared/error-code.js';
import type { Group } from '../../shared/process/group.js';
import {
  argumentVariables,
  buildLaunchScript,
  launchWords,
  mountTables,
  networkMountPoint,
  PARENT_VARIABLE,
  STAGE,
  toolChainMountPoint,
} from './launch-script.js';
import { TOOL_PATH, type Machine } from './machine.js';
import { createSetUpError } from './no-sandbox-error.js';
import { OUTPUT_PIPE, stageArchive, TREE } from './stage-archive.js';
import type { Containment, Runner, RunRequest } from './runner.js';
import { SandboxStatus } from './bubblewrap-status.js';
import { SharedFiles } from './shared-files.js';
import { seccompFilter } from '../limits/seccomp.js';
import { makeScratchFolder, type ScratchFolder } from '../scratch-folder.js';
import { startScript } from '../start-script.js';
import { EGRESS_SOCKET, startEgressProxy } from '../setup-network/egress-proxy.js';
import type { EgressRules } from '../setup-network/egress-rules.js';
import { forwarderWords, proxyEnvironment, SOCKET_IN_SANDBOX } from '../setup-network/forwarder.js';
import { isWithin } from './tool-chains.js';
import { pipeArchive } from './unpack.js';
import { MemoryWatch } from '../limits/memory-watch.js';
import { DRAIN_MS, SET_UP_MS, waitForEnd, collectOutput, type LimitCheck } from '../limits/command-watch.js';

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
  const resources = { machine, egress, filter, files: new SharedFiles() };
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
  readonly files: SharedFiles;
}

async function runInSandbox(resources: Resources, request: RunRequest): Promise<CommandResult> {
  const started = performance.now();
  const output = new BoundedOutput(request.outputLimitBytes);
  if (request.signal?.aborted === true) return createCommandResult(NOT_STARTED, 'cancelled', output, started);
  const { cgroupParents, limits } = resources.machine;
  if (request.keep || request.keepFiles.length > 0 || request.network)
    await makeScratchFolder(request.scratch);
  const cgroup = cgroupParents === null ? null : createCgroup(cgroupParents, request.scratch.id, limits);
  try {
    const { ended, exitCode } = await runWithProxy(resources, request, cgroup, output);
    const exit = ended === 'exited' ? { code: exitCode, signal: null } : KILLED;
    return createCommandResult(exit, ended, output, started);
  } finally {
    await cgroup?.remove();
  }
}

/** The exit of a command that was stopped. */
const KILLED = { code: null, signal: 'SIGKILL' } as const;

interface End {
  readonly ended: EndReason;
  readonly exitCode: number | null;
}

/** Runs a command; one with a network gets the proxy through which it reaches it. */
async function runWithProxy(
  resources: Resources,
  request: RunRequest,
  cgroup: Cgroup | null,
  output: BoundedOutput,
): Promise<End> {
  if (!request.network) return await runInCgroup(resources, request, cgroup, output, () => null);
  const proxy = await startEgressProxy(request.scratch.root, resources.egress);
  const checkNetwork: LimitCheck = () => (proxy.failing() === null ? null : 'network');
  try {
    const end = await runInCgroup(resources, request, cgroup, output, checkNetwork);
    // Unlike a refusal, it is named only if it ended the command: others may pass by themselves.
    const failing = end.ended === 'network' ? proxy.failing() : null;
    if (failing !== null && !proxy.refusals.has(failing)) output.add(Buffer.from(`${failing}\n`));
    // Package managers show no more of a refusal than its status.
    for (const refusal of proxy.refusals) output.add(Buffer.from(`${refusal}\n`));
    return end;
  } finally {
    await proxy.close();
  }
}

async function runInCgroup(
  resources: Resources,
  request: RunRequest,
  cgroup: Cgroup | null,
  output: BoundedOutput,
  checkNetwork: LimitCheck,
): Promise<End> {
  const { limits } = resources.machine;
  const sandbox = await launch(resources, request, cgroup?.entries ?? []);
  const watch = cgroup === null ? watchMemory(sandbox.status, limits.memoryBytes) : null;
  const checkUse: LimitCheck =
    cgroup === null
      ? () => (watch?.exceeded === true ? 'memory' : null)
      : createLimitCheck(cgroup, request.timeoutMs * limits.processors);
  const checkLimits: LimitCheck = () => checkUse() ?? checkNetwork();
  let printed: Readable | null = null;
  try {
    await unpackCommit(sandbox, request);
    printed = await openOutput(sandbox);
    const collected = request.attach === undefined ? printed : sandbox.group.output(2);
    collectOutput(collected, output, request.onOutput);
    const drained = Promise.all([sandbox.group.closed, once(printed, 'close')]);
    drained.catch(() => undefined);
    request.attach?.({ input: sandbox.group.input(1), output: printed });
    const first = await waitForEnd(collected, sandbox.group.exited, output, request, checkLimits);
    await stopSandbox(sandbox);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    const { exitCode, diskFull, errorOutput, isCopied } = sandbox.status;
    const ended = first === 'exited' ? (checkUse() ?? first) : first;
    if (ended !== 'exited') return { ended, exitCode: null };
    if (exitCode === null) throw createSetUpError(output.text() + errorOutput);
    if ((request.keep || request.keepFiles.length > 0) && !isCopied) throw createCopyError(errorOutput);
    return { ended: exitCode !== 0 && diskFull ? 'disk' : ended, exitCode };
  } finally {
    watch?.close();
    await stopSandbox(sandbox);
    sandbox.group.release();
    printed?.destroy();
  }
}

/** What the command left is not known completely, so nothing may be made of it. */
function createCopyError(errorOutput: string): EnvironmentError {
  const reason = errorOutput.trim();
  return new EnvironmentError(
    `Could not copy what a command left: ${reason === '' ? 'the copy was stopped' : reason}`,
    'Free space on the disk of the home (`df -h`, `df -i`), and try again.',
  );
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
  readonly group: Group;
  readonly status: SandboxStatus;
}

async function launch(
  { machine, egress, filter, files }: Resources,
  request: RunRequest,
  cgroupEntries: readonly string[],
): Promise<Sandbox> {
  const network = request.network ? networkFiles(machine, request.scratch) : [];
  const before = request.network ? forwarderWords(process.execPath) : [];
  const [stage, etc] = [files.stage(), files.etc(machine.toolChains)];
  const tables = mountTables(stage, {
    ...machine,
    ...request,
    etc: etc.path,
    hasNetwork: request.network,
  });
  const view: SandboxView = {
    ...machine,
    stage: STAGE,
    etcFolders: etc.folders,
    toolChains: machine.toolChains.map((at, index) => ({ from: toolChainMountPoint(index), at })),
    network: network.map(({ at }, index) => ({ from: networkMountPoint(index), at })),
    env: request.network ? { ...request.env, ...proxyEnvironment(egress) } : request.env,
    readOnlyTree: request.attach !== undefined,
  };
  const variables = argumentVariables(buildBubblewrapArguments(view, filter !== null));
  const script = buildLaunchScript({
    ...machine,
    ...request,
    files: {
      stage,
      filter: files.file(filter ?? ''),
      mounts: {
        first: files.file(tables.first),
        last: tables.last === null ? null : files.file(tables.last),
      },
    },
    argumentNames: Object.keys(variables),
    network: network.map(({ from }) => from),
    before,
    cgroupEntries,
    isServer: request.attach !== undefined,
  });
  const [program, ...args] = launchWords(machine.slotUids, script);
  const group = await startScript(
    {
      command: program,
      args,
      cwd: '/',
      timeLimitMs: request.timeoutMs + SET_UP_MS,
      env: { PATH: TOOL_PATH, LC_ALL: 'C', ...variables },
      parentVariable: PARENT_VARIABLE,
      channels: ['input', request.attach === undefined ? 'ignore' : 'input', 'output', 'output'],
      sealed: true,
    },
    'Could not start the sandbox',
  );
  const status = new SandboxStatus({ lines: group.output(DESCRIPTOR.status), errors: group.output(2) });
  return { group, status };
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

/**
 * Opens the pipe of the command's output, which is in the sandbox's own file system.
 * @throws EnvironmentError when the sandbox has ended
 */
async function openOutput({ group, status }: Sandbox): Promise<Readable> {
  const pipe = `/proc/${await group.started}/cwd/${OUTPUT_PIPE}`;
  try {
    // Without waiting for the writer, which waits for this.
    const fd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: true, writable: false });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    // Its process is gone.
    return await failSetUp({ group, status });
  }
}

/** Unpacks the commit's files in the sandbox, which then starts its command. */
async function unpackCommit(
  { group, status }: Sandbox,
  { source, commit, signal }: RunRequest,
): Promise<void> {
  const input = group.input(0);
  input.write(stageArchive(new Date()));
  await pipeArchive(source.archive(commit, signal, TREE), input);
  const settled = new AbortController();
  const cancelled = new Promise<false>((resolve) =>
    signal?.addEventListener('abort', () => resolve(false), { signal: settled.signal }),
  );
  // A set-up may hang, for example on a file system whose server is gone.
  const ready = await Promise.race([status.ready, group.exited.then(() => false), cancelled]);
  settled.abort();
  if (ready) return;
  signal?.throwIfAborted();
  await failSetUp({ group, status });
}

/** @throws EnvironmentError with what the set-up said; a LostProcessError when nobody knows why it ended */
async function failSetUp({ group, status }: Sandbox): Promise<never> {
  const [, { isLate }] = await Promise.all([status.ended, group.exited]);
  if (isLate) {
    throw new EnvironmentError(
      'Could not set up the sandbox: its files were not there in time',
      'Check that the disk of the home and of temporary files answers, and try again.',
    );
  }
  throw createSetUpError(status.errorOutput);
}

/** Kills all processes and waits until they have exited. Safe to call again. */
async function stopSandbox({ group, status }: Sandbox): Promise<void> {
  status.killInit();
  const exited = group.exited.catch(() => undefined);
  await Promise.race([exited, sleep(SELF_EXIT_MS, undefined, { ref: false })]);
  group.kill();
  await status.waitUntilGone();
}
