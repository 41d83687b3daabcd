import { once } from 'node:events';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { spawnGroup } from '../shared/child-process.js';

/**
 * Starts /bin/sh in a process group of its own.
 * @param problem what could not be started, for the error
 * @throws EnvironmentError when the shell cannot be started
 */
export async function startShell(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly stdio: StdioOptions },
  problem: string,
): Promise<ChildProcess> {
  try {
    const child = spawnGroup('/bin/sh', args, options);
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw new EnvironmentError(
      `${problem}: ${messageOf(error)}`,
      'Check that /bin/sh is there and that this machine can start more processes.',
      { cause: error },
    );
  }
}
