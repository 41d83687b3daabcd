/** Tries a sandbox before it is used. The kernel or a container's security profile may forbid sandboxes. */
import { Readable } from 'node:stream';
import { EnvironmentError, messageOf } from '../../contract/errors.js';
import { commitSha } from '../../contract/ids.js';
import { OUTPUT_LIMIT_BYTES, type CommandResult } from '../../results/command-result.js';
import { homeFolder, homePaths, type Environment } from '../../shared/config.js';
import { createCommandEnvironment } from '../command-environment.js';
import { createScratchFolder, removeScratchFolder, type ScratchFolder } from '../scratch-folder.js';
import { NoSandboxError } from './no-sandbox-error.js';
import type { Runner } from './runner.js';

/** A sandbox normally starts in less than 0.1 s. Where it needs this long, it is of no use for tests. */
const PROBE_MS = 10_000;
/** A machine that just woke up or swaps may be this slow once. One that is so twice does not get better by waiting. */
const MAX_TRIES = 2;

/**
 * Runs `true` in the sandbox, without files.
 * @throws NoSandboxError when this machine cannot make the sandbox
 * @throws EnvironmentError when that could not be found out: the home cannot be written, or the sandbox takes too long
 */
export async function probeSandbox(runner: Runner, env: Environment): Promise<void> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const { ended, exitCode, output } = await runTrue(runner, env);
    if (ended === 'exited' && exitCode === 0) return;
    if (ended === 'exited') {
      throw new NoSandboxError(
        `\`true\` ended with exit code ${exitCode ?? 'none'} in the sandbox: ${output.trim()}`,
        'Fix what the message names.',
      );
    }
  }
  throw new EnvironmentError(
    `The sandbox did not run \`true\` within ${PROBE_MS / 1000} s, in ${MAX_TRIES} tries`,
    'Check that this machine is not short of memory or processor time, and try again. LEADWRIGHT_SANDBOX=off runs commands without a sandbox.',
  );
}

type Probed = Pick<CommandResult, 'ended' | 'exitCode' | 'output'>;

async function runTrue(runner: Runner, env: Environment): Promise<Probed> {
  const scratch = await createProbeFolder(homePaths(homeFolder(env)).trees);
  // Also while the sandbox is set up, when the runner's own limit does not count yet.
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    return await runner.run({
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
      signal,
    });
  } catch (error) {
    if (signal.aborted) return { ended: 'timeout', exitCode: null, output: '' };
    throw error;
  } finally {
    await removeScratchFolder(scratch);
  }
}

async function createProbeFolder(parent: string): Promise<ScratchFolder> {
  try {
    return await createScratchFolder(parent);
  } catch (error) {
    throw new EnvironmentError(
      `The sandbox could not be tried: no scratch folder in ${parent} (${messageOf(error)})`,
      'Free space on that disk (`df -h`, `df -i`), or set LEADWRIGHT_HOME to a folder that you can write.',
      { cause: error },
    );
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
