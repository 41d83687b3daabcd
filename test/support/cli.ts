import assert from 'node:assert/strict';
import { on } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/shared/config.js';
import { eventSchema, type LeadwrightEvent } from '../../src/contract/events.js';
import {
  blockerViewSchema,
  runViewSchema,
  type BlockerView,
  type RunView,
} from '../../src/contract/run-view.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { connectWebSocket, messageText } from '../../src/shared/network/websocket.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { endWithTest } from './end-with-test.js';
import { eventually } from './eventually.js';
import { startProgram, type Ran, type Running } from './program.js';
import { processesOf } from './stack-home.js';
import { temporalCli } from './temporal-cli.js';

export type { Ran, Running };

/** The command line as a person uses it, with a temporary LEADWRIGHT_HOME. */
export interface TestCli {
  readonly home: string;
  readonly env: Environment;
  /** Runs a command to its end. `more` is added to its environment. */
  run(args: readonly string[], more?: Environment): Promise<Ran>;
  /** Runs a command and asserts its exit code. */
  exits(code: number, args: readonly string[], more?: Environment): Promise<Ran>;
  /** Starts a command in a folder; the current one by default. */
  start(args: readonly string[], more?: Environment, folder?: string): Running;
  /** The run as `status --json` prints it. */
  view(run: string): Promise<RunView>;
  /** All events of a run. Asserts that their numbers have no gap. */
  log(run: string): Promise<LeadwrightEvent[]>;
  /** The open blockers of a run. */
  blockers(run: string): Promise<BlockerView[]>;
  /** Sends a `POST` to the notifier, as the dashboard does. */
  post(path: string, body?: object): Promise<{ readonly status: number; readonly body: string }>;
  /** The messages of the events socket for a client that follows a run and the live text of a task. */
  events(run: string, task: string): AsyncGenerator;
  /** Processes that have the home in their command line or environment. */
  processes(): readonly number[];
  /** Waits until the stack has ended by itself and no process remains. */
  untilQuiet(): Promise<void>;
  /** Ends the stack, even while it is in use, and removes the home. */
  remove(): Promise<void>;
}

/** Creates a command line whose model calls go to `modelUrl`; without it only the scripted model is available. */
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
  const removeWatch = endWithTest(home);
  const start = (args: readonly string[], more: Environment = {}, folder?: string) =>
    startProgram([process.execPath, BINARY, ...args], {
      env: { ...env, ...more },
      ...(folder === undefined ? {} : { cwd: folder }),
    });
  const run = (args: readonly string[], more?: Environment) => start(args, more).done;
  return {
    home,
    env,
    start,
    run,
    exits: async (code, args, more) => {
      const ran = await run(args, more);
      assert.equal(ran.code, code, `${args.join(' ')}\n${ran.stderr}${ran.stdout}`);
      return ran;
    },
    view: async (id) => runOf(await run(['status', id, '--json'])),
    log: async (id) => eventsOf(await run(['events', id, '--json'])),
    blockers: async (id) =>
      blockerViewSchema.array().parse(JSON.parse((await run(['blockers', id, '--json'])).stdout)),
    post: (path, body = {}) => post(home, path, body),
    events: (run, task) => events(home, run, task),
    processes: () => processesOf(home),
    untilQuiet: () => eventually(() => processesOf(home).length === 0, 'the stack ends by itself'),
    remove: async () => {
      await stopStack(home);
      rmSync(home, { recursive: true, force: true });
      removeWatch();
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
  const socket = connectWebSocket(url, `/events?run=${run}&deltas=${task}`, token, 1024 * 1024);
  try {
    const messages: AsyncIterable<readonly unknown[]> = on(socket, 'message', { close: ['close'] });
    for await (const [data] of messages) yield JSON.parse(messageText(data));
  } finally {
    socket.terminate();
  }
}

const BINARY = join(packageRoot, 'bin', 'leadwright.js');

/** Starts a command of this build, or of the build whose launcher is given. */
export function startCommand(args: readonly string[], env: Environment, binary = BINARY): Running {
  return startProgram([process.execPath, binary, ...args], { env });
}

/** Parses the one JSON document that a command printed as a run. */
export function runOf(ran: Ran): RunView {
  return runViewSchema.parse(JSON.parse(ran.stdout));
}

/** Parses a command's JSON Lines as events. Asserts that they are numbered 1, 2, 3 … without a gap. */
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
