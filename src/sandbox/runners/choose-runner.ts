/** Chooses the runner that the environment asks for, if it works on this machine. */
import { totalmem } from 'node:os';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { createBubblewrapRunner } from './bubblewrap-runner.js';
import { removeLeftoverCgroups } from '../limits/cgroup.js';
import { describeContainment } from './containment.js';
import { createContainerRunner } from './container-runner.js';
import { limitsFor } from '../limits/command-limits.js';
import { readEgressRules, type EgressRules } from '../setup-network/egress-rules.js';
import { findMachine, lookUpProgram } from './machine.js';
import { NoSandboxError } from './no-sandbox-error.js';
import { probeSandbox } from './probe-sandbox.js';
import { createProcessGroupRunner } from './process-group-runner.js';
import type { Runner } from './runner.js';

/**
 * Chooses the runner by LEADWRIGHT_SANDBOX. `auto` uses the sandbox; where the machine cannot make one, it uses a process
 * group, whose warning gives the reason. Any other problem is an error: a full disk or a busy minute must not make a worker
 * run without a sandbox for the rest of its life.
 * @throws EnvironmentError when a sandbox is required and none works, when one could not be tried, or a setting is not valid
 */
export async function chooseRunner(env: Environment): Promise<Runner> {
  const wanted = nonEmpty(env['LEADWRIGHT_SANDBOX']) ?? 'auto';
  // First, because a mistake in a setting must not lead to a run without a sandbox.
  const egress = readEgressRules(env);
  switch (wanted) {
    case 'off':
      return createProcessGroupRunner('LEADWRIGHT_SANDBOX=off');
    case 'auto':
      return await createSandboxRunner(env, egress).catch((error: unknown) => {
        if (error instanceof NoSandboxError) return createProcessGroupRunner(error.message);
        throw error;
      });
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
const IMAGE_VARIABLE = 'LEADWRIGHT_SANDBOX_IMAGE';

/** Creates the sandbox runner and tries it. @throws EnvironmentError as probeSandbox(), and when it is not available */
async function createSandboxRunner(env: Environment, egress: EgressRules): Promise<Runner> {
  const image = nonEmpty(env[IMAGE_VARIABLE]);
  const runner = image === undefined ? await findBubblewrap(env, egress) : await findContainerEngine(image);
  await probeSandbox(runner, env);
  return runner;
}

async function findContainerEngine(image: string): Promise<Runner> {
  const program = (await lookUpProgram('docker')) ?? (await lookUpProgram('podman'));
  if (program !== null) return createContainerRunner({ program, image, limits: limitsFor(totalmem()) });
  throw new NoSandboxError(
    `${IMAGE_VARIABLE} is set, but neither docker nor podman is installed`,
    `Install one of them, or unset ${IMAGE_VARIABLE} to use bubblewrap.`,
  );
}

async function findBubblewrap(env: Environment, egress: EgressRules): Promise<Runner> {
  if (process.platform !== 'linux') {
    throw new NoSandboxError(
      `bubblewrap needs Linux, but this machine runs ${process.platform}`,
      'Run workers on Linux, for example in a virtual machine, or set LEADWRIGHT_SANDBOX=auto.',
    );
  }
  const machine = await findMachine(env);
  if (machine.cgroupParents !== null) await removeLeftoverCgroups(machine.cgroupParents);
  return createBubblewrapRunner(machine, describeContainment(machine, process.arch), egress);
}
