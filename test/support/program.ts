import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../src/shared/config.js';

/** What a command did: its words and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has said so far, on stdout and on stderr. */
  said(): string;
  /** Waits until it has said something that matches. */
  untilSaid(pattern: RegExp): Promise<void>;
  readonly done: Promise<Ran>;
}

/** Starts a program that nobody types into, and keeps what it says. */
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
    // `close` comes when the last holder of its output has let go: nothing that outlives it may hold that.
    child.once('close', (code) => resolve({ code, ...said }));
  });
  const words = () => said.stdout + said.stderr;
  let over = false;
  void done.finally(() => (over = true)).catch(() => undefined);
  return {
    process: child,
    said: words,
    untilSaid: async (pattern) => {
      // The runner's own limit ends a wait in vain: a busy machine may take its time.
      while (!pattern.test(words())) {
        assert.ok(!over, `it ended before it said ${String(pattern)}: ${words()}`);
        await delay(20);
      }
    },
    done,
  };
}
