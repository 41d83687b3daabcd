/** The runner that the environment asks for, as far as this machine has it. */
import { totalmem } from 'node:os';
import { Readable } from 'node:stream';
import { homeFolder, homePaths, nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { commitSha } from '../../contract/ids.js';
import { bubblewrapRunner } from './bubblewrap-runner.js';
import { removeLeftoverCgroups } from '../limits/cgroup.js';
import { OUTPUT_LIMIT_BYTES } from '../../results/command-result.js';
import { containmentOf } from './containment.js';
import { scrubbedEnvironment } from '../command-environment.js';
import { containerRunner } from './container-runner.js';
import { limitsFor } from '../limits/command-limits.js';
import { findMachine, lookUpProgram } from './machine.js';
import { createScratchFolder, removeScratchFolder } from '../scratch-folder.js';
import { processGroupRunner } from './process-group-runner.js';
import type { Runner } from './runner.js';

/** A sandbox is up in some hundredths of a second; where it takes this long, tests would never end. */
const PROBE_MS = 10_000;

/**
 * The runner to use: `auto` takes the sandbox where it works, and says where it does not.
 * @throws EnvironmentError when a sandbox is required and there is none, or the word is not known
 */
export async function runnerFor(env: Environment): Promise<Runner> {
  const wanted = nonEmpty(env['LEADWRIGHT_SANDBOX']) ?? 'auto';
  switch (wanted) {
    case 'off':
      return processGroupRunner('LEADWRIGHT_SANDBOX=off');
    case 'auto':
      return await sandbox(env).catch((error: unknown) => processGroupRunner(messageOf(error)));
    case 'require':
      return await sandbox(env).catch((error: unknown) => {
        throw new EnvironmentError(
          `LEADWRIGHT_SANDBOX=require, but there is no sandbox: ${messageOf(error)}`,
          error instanceof EnvironmentError ? error.fix : 'Set LEADWRIGHT_SANDBOX=auto to do without.',
          { cause: error },
        );
      });
    default:
      throw new EnvironmentError(
        `LEADWRIGHT_SANDBOX is ${JSON.stringify(wanted)}, which is none of require, auto and off.`,
        'Set it to one of them, or unset it.',
      );
  }
}

/** Which image containers are made of; set, they take bubblewrap's place. */
export const IMAGE_VARIABLE = 'LEADWRIGHT_SANDBOX_IMAGE';

/** @throws EnvironmentError when it cannot be had, or does not work when it is tried */
async function sandbox(env: Environment): Promise<Runner> {
  const image = nonEmpty(env[IMAGE_VARIABLE]);
  const runner = image === undefined ? await bubblewrap(env) : await container(image);
  await probe(runner, env);
  return runner;
}

async function container(image: string): Promise<Runner> {
  const program = (await lookUpProgram('docker')) ?? (await lookUpProgram('podman'));
  if (program !== null) return containerRunner({ program, image, limits: limitsFor(totalmem()) });
  throw new EnvironmentError(
    `${IMAGE_VARIABLE} is set, but there is neither docker nor podman`,
    `Install one of them, or unset ${IMAGE_VARIABLE} to use bubblewrap.`,
  );
}

async function bubblewrap(env: Environment): Promise<Runner> {
  if (process.platform !== 'linux') {
    throw new EnvironmentError(
      `bubblewrap needs Linux, and this is ${process.platform}`,
      'Run workers on Linux, in a virtual machine for example, or set LEADWRIGHT_SANDBOX=auto.',
    );
  }
  const machine = await findMachine(env);
  if (machine.cgroupParents !== null) await removeLeftoverCgroups(machine.cgroupParents);
  return bubblewrapRunner(machine, containmentOf(machine, process.arch));
}

/** Runs `true` where tests will run, with no files: the kernel, or a container's rules, may forbid it. */
async function probe(runner: Runner, env: Environment): Promise<void> {
  const place = await createScratchFolder(homePaths(homeFolder(env)).trees);
  try {
    await runner.run({
      source: { archive: emptyArchive },
      commit: commitSha('0'.repeat(40)),
      layer: null,
      command: 'true',
      place,
      env: scrubbedEnvironment(env, [], runner.inside(place)),
      network: false,
      keep: false,
      timeoutMs: PROBE_MS,
      outputLimitBytes: OUTPUT_LIMIT_BYTES,
    });
  } finally {
    await removeScratchFolder(place);
  }
}

/** Two empty blocks are a whole tar archive. */
function emptyArchive() {
  return {
    stream: Readable.from([Buffer.alloc(1024)]),
    completed: Promise.resolve(),
    cancel: () => undefined,
  };
}
