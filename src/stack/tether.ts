import type { Environment } from '../config.js';
import { plainEnvironment, runTool } from './run-tool.js';

/** Puts a command behind others that prepare its process. */
export type CommandWrapper = (command: readonly [string, ...string[]]) => readonly [string, ...string[]];

/**
 * A wrapper that makes the kernel send `signal` to a process when the host dies, however it dies: for servers
 * that do not notice it themselves. Linux with util-linux has that (`setpriv`); elsewhere the next host ends
 * what is left, and the wrapper does nothing.
 */
export async function tether(signal: 'TERM' | 'INT', env: Environment): Promise<CommandWrapper> {
  const prefix = ['setpriv', '--pdeathsig', signal] as const;
  if (process.platform !== 'linux') return (command) => command;
  const tried = await runTool({
    command: prefix[0],
    args: [...prefix.slice(1), 'true'],
    env: plainEnvironment(env),
    // A process that only starts another: what takes longer hangs.
    timeoutMs: 5_000,
  });
  return tried.succeeded ? (command) => [...prefix, ...command] : (command) => command;
}
