import type { Environment } from '../../shared/config.js';
import { plainEnvironment, runTool, systemTool } from './run-tool.js';

/** Puts a command behind others that prepare its process. */
export type CommandWrapper = (command: readonly [string, ...string[]]) => readonly [string, ...string[]];

/** Makes the wrapper that ends a process with `signal` when the host dies. */
export type ParentWatch = (signal: 'TERM' | 'INT') => CommandWrapper;

/**
 * Makes the kernel send a signal to a process when the host dies, however it dies: for servers that do not notice
 * it themselves. Linux with util-linux has that (`setpriv`); elsewhere the next host ends what is left, and the
 * wrapper does nothing.
 */
export async function findParentWatch(env: Environment): Promise<ParentWatch> {
  const loose: ParentWatch = () => (command) => command;
  if (process.platform !== 'linux') return loose;
  const setpriv = systemTool('setpriv');
  const tried = await runTool({
    command: setpriv,
    args: ['--pdeathsig', 'TERM', 'true'],
    env: plainEnvironment(env),
    // A process that only starts another: what takes longer hangs.
    timeoutMs: 5_000,
  });
  return tried.succeeded ? (signal) => (command) => [setpriv, '--pdeathsig', signal, ...command] : loose;
}
