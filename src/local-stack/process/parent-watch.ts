/** Ends servers together with the host, by the kernel's parent-death signal. */
import type { Environment } from '../../shared/config.js';
import { plainEnvironment, runTool, systemTool } from './run-tool.js';

/** Prefixes a command with others that prepare its process. */
export type CommandWrapper = (command: readonly [string, ...string[]]) => readonly [string, ...string[]];

/** Creates a wrapper that makes the kernel send `signal` to the process when the host dies. */
export type ParentWatch = (signal: 'TERM' | 'INT' | 'KILL') => CommandWrapper;

/**
 * Finds the way to end a process when the host dies, for servers that do not notice it themselves. Linux has it, with
 * `setpriv` of util-linux. Elsewhere the wrapper does nothing, and the next host ends what is left.
 */
export async function findParentWatch(env: Environment): Promise<ParentWatch> {
  const unsupported: ParentWatch = () => (command) => command;
  if (process.platform !== 'linux') return unsupported;
  const setpriv = systemTool('setpriv');
  const tried = await runTool({
    command: setpriv,
    args: ['--pdeathsig', 'TERM', 'true'],
    env: plainEnvironment(env),
    // `setpriv` only starts another program. It hangs when it takes longer.
    timeoutMs: 5_000,
  });
  return tried.succeeded
    ? (signal) => (command) => [setpriv, '--pdeathsig', signal, ...command]
    : unsupported;
}
