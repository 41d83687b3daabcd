import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../src/shared/config.js';
import {
  eventSchema,
  runViewSchema,
  type LeadwrightEvent,
  type RunView,
} from '../../src/contract/contract.js';
import { packageRoot } from '../../src/shared/package-root.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { dial, textOf } from '../../src/shared/websocket.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { eventually, processesOf } from './stack-home.js';
import { temporalCli } from './temporal-cli.js';

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

/** The command line as a person has it, with a LEADWRIGHT_HOME of its own. */
export interface TestCli {
  readonly home: string;
  readonly env: Environment;
  /** Runs a command to its end; `more` is added to its environment. */
  run(args: readonly string[], more?: Environment): Promise<Ran>;
  start(args: readonly string[], more?: Environment): Running;
  /** What a page of the running stack does: a `POST` to its notifier. */
  post(path: string, body?: object): Promise<{ readonly status: number; readonly body: string }>;
  /** What the running stack sends to a page that follows a run and watches a task. */
  events(run: string, task: string): AsyncGenerator;
  /** Processes that have the home in their command line or environment. */
  processes(): readonly number[];
  /** Waits until the stack has ended by itself and left no process. */
  untilQuiet(): Promise<void>;
  /** Ends the stack, whoever holds it, and removes the home. */
  remove(): Promise<void>;
}

/** A command line whose model calls go to `modelUrl`; without it there is no model but the scripted one. */
export async function testCli(modelUrl?: string, more: Environment = {}): Promise<TestCli> {
  const home = mkdtempSync(join(tmpdir(), 'leadwright-cli-'));
  const env: Environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    LEADWRIGHT_HOME: home,
    TEMPORAL_CLI_PATH: await temporalCli(),
    ...(modelUrl === undefined ? {} : { ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: 'test-key' }),
    ...more,
  };
  const start = (args: readonly string[], more: Environment = {}) => startCommand(args, { ...env, ...more });
  return {
    home,
    env,
    start,
    run: (args, more) => start(args, more).done,
    post: (path, body = {}) => post(home, path, body),
    events: (run, task) => events(home, run, task),
    processes: () => processesOf(home),
    untilQuiet: () => eventually(() => processesOf(home).length === 0, 'the stack ends by itself'),
    remove: async () => {
      await stopStack(home);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The notifier of a home's running stack, and its token. */
async function notifierOf(home: string) {
  const stack = await describeStack(home);
  assert.ok(stack.state === 'running' && stack.notifierUrl !== null, 'a stack runs');
  return { url: stack.notifierUrl, token: readFileSync(join(home, 'token'), 'utf8').trim() };
}

async function post(home: string, path: string, body: object) {
  const { url, token } = await notifierOf(home);
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.text() };
}

async function* events(home: string, run: string, task: string): AsyncGenerator {
  const { url, token } = await notifierOf(home);
  const socket = dial(new URL(`/events?run=${run}&deltas=${task}`, url), token, 1024 * 1024);
  try {
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', { close: ['close'] });
    for await (const [data] of messages) yield JSON.parse(textOf(data));
  } finally {
    socket.terminate();
  }
}

const BINARY = join(packageRoot, 'bin', 'leadwright.js');

/** Starts a command of this build, or of the one whose launcher is given. */
export function startCommand(args: readonly string[], env: Environment, binary = BINARY): Running {
  const child = spawn(process.execPath, [binary, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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

/** The one JSON document that a command printed, as a run. */
export function runOf(ran: Ran): RunView {
  return runViewSchema.parse(JSON.parse(ran.stdout));
}

/** What a command printed as JSON Lines, as events; their numbers are checked: 1, 2, 3 …, without a gap. */
export function eventsOf(ran: Ran): LeadwrightEvent[] {
  const lines = ran.stdout.split('\n').filter((line) => line !== '');
  const events = lines.map((line) => eventSchema.parse(JSON.parse(line)));
  const seqs = events.map((event) => event.seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
    'events have no gap and no repeat',
  );
  return events;
}
