import type { Environment } from '../src/shared/config.js';
import { startProgram } from '../test/support/program.js';

/**
 * Runs a command and returns its stdout.
 * @throws Error with the end of its stderr when the exit code is not `expect`
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  { expect = 0, ...options }: { readonly env: Environment; readonly cwd: string; readonly expect?: number },
): Promise<string> {
  const { code, stdout, stderr } = await startProgram(command, options).done;
  if (code === expect) return stdout;
  throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}:\n${stderr.slice(-2000)}`);
}
