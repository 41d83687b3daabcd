import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../src/shared/config.js';

/** A finished command: its exit code and output. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Running {
  readonly process: ChildProcess;
  /** Its output so far, stdout and stderr. */
  said(): string;
  /** Waits until its output matches. */
  untilSaid(pattern: RegExp): Promise<void>;
  readonly done: Promise<Ran>;
}

/** Starts a program without stdin, and collects its output. */
export function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  options: { readonly env: Environment; readonly cwd?: string },
): Running {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  }
  const done = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject);
    // `close` comes once no process has its output open any more, so no surviving child may keep it open.
    child.once('close', (code) => resolve({ code, ...said }));
  });
  const output = () => said.stdout + said.stderr;
  let ended = false;
  void done.finally(() => (ended = true)).catch(() => undefined);
  return {
    process: child,
    said: output,
    untilSaid: async (pattern) => {
      // Without a limit of its own: the test runner's limit allows for a busy machine.
      while (!pattern.test(output())) {
        assert.ok(!ended, `it ended before it printed ${String(pattern)}: ${output()}`);
        await delay(20);
      }
    },
    done,
  };
}
