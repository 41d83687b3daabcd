/** Chooses the runner that the environment asks for, if it works on this machine. */
import { totalmem } from 'node:os';
import { Readable } from 'node:stream';
import { homeFolder, homePaths, nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { commitSha } from '../../contract/ids.js';
import { createBubblewrapRunner } from './bubblewrap-runner.js';
import { removeLeftoverCgroups } from '../limits/cgroup.js';
import { OUTPUT_LIMIT_BYTES } from '../../results/command-result.js';
import { describeContainment } from './containment.js';
import { createCommandEnvironment } from '../command-environment.js';
import { createContainerRunner } from './container-runner.js';
import { limitsFor } from '../limits/command-limits.js';
import { readEgressRules, type EgressRules } from '../setup-network/egress-rules.js';
import { findMachine, lookUpProgram } from './machine.js';
import { createScratchFolder, removeScratchFolder } from '../scratch-folder.js';
import { createProcessGroupRunner } from './process-group-runner.js';
import type { Runner } from './runner.js';

/** A sandbox normally starts in less than 0.1 s. Where it needs this long, it is of no use for tests. */
const PROBE_MS = 10_000;

/**
 * Chooses the runner by LEADWRIGHT_SANDBOX. `auto` uses the sandbox where it works; otherwise it uses a process group,
 * whose warning gives the reason.
 * @throws EnvironmentError when a sandbox is required and none works, or a setting is not valid
 */
export async function chooseRunner(env: Environment): Promise<Runner> {
  const wanted = nonEmpty(env['LEADWRIGHT_SANDBOX']) ?? 'auto';
  // First, because a mistake in a setting must not lead to a run without a sandbox.
  const egress = readEgressRules(env);
  switch (wanted) {
    case 'off':
      return createProcessGroupRunner('LEADWRIGHT_SANDBOX=off');
    case 'auto':
      return await createSandboxRunner(env, egress).catch((error: unknown) =>
        createProcessGroupRunner(messageOf(error)),
      );
    case 'require':
      return await createSandboxRunner(env, egress).catch((error: unknown) => {
        throw new EnvironmentError(
          `LEADWRIGHT_SANDBOX=require, but there is no sandbox: ${messageOf(error)}`,
          error instanceof EnvironmentError
            ? error.fix
            : 'Set LEADWRIGHT_SANDBOX=auto to run without a sandbox.',
          { cause: error },
        );
      });
    default:
      throw new EnvironmentError(
        `LEADWRIGHT_SANDBOX is ${JSON.stringify(wanted)}. It must be require, auto or off.`,
        'Set it to one of these values, or unset it.',
      );
  }
}

/** The image for containers. When it is set, commands run in containers instead of bubblewrap. */
export const IMAGE_VARIABLE = 'LEADWRIGHT_SANDBOX_IMAGE';

/** Creates the sandbox runner and tries it. @throws EnvironmentError when it is not available or does not work */
async function createSandboxRunner(env: Environment, egress: EgressRules): Promise<Runner> {
  const image = nonEmpty(env[IMAGE_VARIABLE]);
  const runner = image === undefined ? await findBubblewrap(env, egress) : await findContainerEngine(image);
  await probe(runner, env);
  return runner;
}

async function findContainerEngine(image: string): Promise<Runner> {
  const program = (await lookUpProgram('docker')) ?? (await lookUpProgram('podman'));
  if (program !== null) return createContainerRunner({ program, image, limits: limitsFor(totalmem()) });
  throw new EnvironmentError(
    `${IMAGE_VARIABLE} is set, but neither docker nor podman is installed`,
    `Install one of them, or unset ${IMAGE_VARIABLE} to use bubblewrap.`,
  );
}

async function findBubblewrap(env: Environment, egress: EgressRules): Promise<Runner> {
  if (process.platform !== 'linux') {
    throw new EnvironmentError(
      `bubblewrap needs Linux, but this machine runs ${process.platform}`,
      'Run workers on Linux, for example in a virtual machine, or set LEADWRIGHT_SANDBOX=auto.',
    );
  }
  const machine = await findMachine(env);
  if (machine.cgroupParents !== null) await removeLeftoverCgroups(machine.cgroupParents);
  return createBubblewrapRunner(machine, describeContainment(machine, process.arch), egress);
}

/** Runs `true` in the sandbox, without files. The kernel or a container's security profile may forbid sandboxes. */
async function probe(runner: Runner, env: Environment): Promise<void> {
  const scratch = await createScratchFolder(homePaths(homeFolder(env)).trees);
  try {
    await runner.run({
      source: { archive: createEmptyArchive },
      commit: commitSha('0'.repeat(40)),
      layer: null,
      command: 'true',
      scratch,
      env: createCommandEnvironment(env, [], runner.visibleFolders(scratch)),
      network: false,
      keep: false,
      keepFiles: [],
      timeoutMs: PROBE_MS,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
    });
  } finally {
    await removeScratchFolder(scratch);
  }
}

/** Two empty blocks are a complete tar archive. */
function createEmptyArchive() {
  return {
    stream: Readable.from([Buffer.alloc(1024)]),
    completed: Promise.resolve(),
    cancel: () => undefined,
  };
}
