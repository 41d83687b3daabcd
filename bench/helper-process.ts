import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../src/shared/config.js';

/** A program of the benchmark's own that runs beside it. */
export interface HelperProcess {
  readonly pid: number;
  /** What it said first: that it serves, and where. */
  readonly firstLine: string;
  /** Tells it something, and waits for its answer; one at a time. */
  ask(line: string): Promise<string>;
  /** Ends it, and returns when it is gone. */
  end(): Promise<void>;
}

/** Starts a program of this folder and waits for its first line. It ends when this process does. */
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
    // Whichever is not waited for any more may fail as it likes.
    line.catch(() => undefined);
    const said: unknown[] | null = await Promise.race([line, exited.then(() => null)]);
    if (said === null) throw new Error(`${file} ended before it answered`);
    return String(said[0]);
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
