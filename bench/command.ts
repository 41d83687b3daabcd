import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Environment } from '../src/shared/config.js';

/** Runs a command to its end and gives its stdout. @throws with the end of its stderr for any other exit code */
export async function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  { env, cwd, expect = 0 }: { readonly env: Environment; readonly cwd: string; readonly expect?: number },
): Promise<string> {
  const child = spawn(program, args, { env: { ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code === expect) return output;
  throw new Error(
    `${[program, ...args].join(' ')} ended with ${code ?? 'a signal'}:\n${errors.slice(-2000)}`,
  );
}
