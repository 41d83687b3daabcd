/** Commands at a terminal, as a person gives them: through `script`, which has one for them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { eventually } from './eventually.js';

export interface TerminalCommand {
  /** Waits until the command has printed something. @returns all that it has printed until then */
  untilSaid(pattern: RegExp): Promise<string>;
  type(text: string): void;
  /** The exit code of the command. */
  readonly ended: Promise<number | null>;
}

/** Starts a command of Leadwright at a terminal. The arguments must not need quotes. */
export function startAtTerminal(args: readonly string[], env: NodeJS.ProcessEnv): TerminalCommand {
  const command = [process.execPath, join(packageRoot, 'bin', 'leadwright.js'), ...args].join(' ');
  const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(terminal, 'close');
  return {
    untilSaid: async (pattern) => {
      await eventually(() => pattern.test(said), `it says ${String(pattern)}`);
      return said;
    },
    type: (text) => terminal.stdin.write(text),
    ended: closed.then(() => terminal.exitCode),
  };
}
