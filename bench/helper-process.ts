import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../src/shared/config.js';

/** A program of the benchmark that runs in a separate process. */
export interface HelperProcess {
  readonly pid: number;
  /** Its first line on stdout, which says that it is ready, and where it listens. */
  readonly firstLine: string;
  /** Sends it a line and waits for its reply; one request at a time. */
  ask(line: string): Promise<string>;
  /** Ends it, and resolves once it has exited. */
  end(): Promise<void>;
}

/** Starts a program of this folder and waits for its first line. The program ends with this process. */
export async function startHelper(file: string, env: Environment): Promise<HelperProcess> {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const line = once(lines, 'line');
    // When the process exits first, nothing awaits `line` any more: its rejection must not be unhandled.
    line.catch(() => undefined);
    const reply: unknown[] | null = await Promise.race([line, exited.then(() => null)]);
    if (reply === null) throw new Error(`${file} ended before it answered`);
    return String(reply[0]);
  };
  const firstLine = await nextLine();
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return {
    pid: child.pid,
    firstLine,
    ask: (line) => {
      const answer = nextLine();
      child.stdin.write(`${line}\n`);
      return answer;
    },
    end: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
