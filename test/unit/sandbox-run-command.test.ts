import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoundedOutput } from '../../src/results/bounded-output.js';
import { runCommand, type CommandRequest } from '../../src/sandbox/run-command.js';
import { isCommandNotFound, type CommandResult } from '../../src/results/command-result.js';
import { findCommandProcesses } from '../../src/sandbox/processes.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { eventually } from '../support/eventually.js';

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

describe('running a command', () => {
  let folder = '';
  const ids: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadwright-command-'));
  });
  afterEach(async () => {
    const left = ids.splice(0).flatMap((id) => findCommandProcesses({ leader: null, id, folder }, new Set()));
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(left, [], 'processes were left behind');
  });

  function run(command: string, options: Partial<CommandRequest> = {}): Promise<CommandResult> {
    const id = randomUUID();
    ids.push(id);
    return runCommand({ command, folder, id, env, timeoutMs: 20_000, outputLimitBytes: 30_000, ...options });
  }

  const started = () => eventually(() => existsSync(join(folder, 'started')), 'the command runs');

  const exits: readonly [string, Partial<CommandResult>][] = [
    ['true', { exitCode: 0, signal: null, ended: 'exited', output: '', commandNotFound: false }],
    ['exit 3', { exitCode: 3, signal: null, ended: 'exited' }],
    ['kill -9 $$', { exitCode: null, signal: 'SIGKILL', ended: 'exited' }],
    ["sh -c 'kill -9 $$'; exit $?", { exitCode: 137, signal: null, ended: 'exited' }],
    ['no-such-command --at-all', { exitCode: 127, commandNotFound: true }],
    ['exit 127', { exitCode: 127, commandNotFound: false }],
    ['printf a; printf b >&2; printf c', { output: 'abc', outputBytes: 3 }],
    ['read -r line || echo no input', { output: 'no input\n' }],
  ];
  for (const [command, expected] of exits) {
    it(command, async () => {
      const result = await run(command);
      assert.deepEqual({ ...result, ...expected }, result);
    });
  }

  it('counts as ended in time, even if this process learns of it late', async () => {
    const running = run('sleep 0.1; echo done', { timeoutMs: 300 });
    await sleep(50);
    // As after SIGSTOP: the timeout is due before this process has seen the command's end.
    await new Promise(setImmediate);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    const { ended, exitCode, output } = await running;
    assert.deepEqual([ended, exitCode, output], ['exited', 0, 'done\n']);
  });

  it('sees its folder and environment, and nothing of Leadwright', async () => {
    const { output } = await run('pwd; env', { env: { ...env, A: '1' } });
    assert.ok(output.startsWith(`${folder}\n`));
    const names = output
      .split('\n')
      .slice(1)
      .map((line) => line.split('=')[0]);
    assert.deepEqual(new Set(names), new Set(['A', 'PATH', 'PWD', 'LEADWRIGHT_SANDBOX_ID', '']));
  });

  it('kills a process tree that ignores SIGTERM at the timeout', async () => {
    const command = `trap "" TERM; sh -c 'trap "" TERM; sleep 1000' & sleep 1000; sleep 1000`;
    const result = await run(command, { timeoutMs: 500 });
    assert.deepEqual([result.ended, result.signal, result.exitCode], ['timeout', 'SIGKILL', null]);
  });

  it('kills background processes, and does not wait for a pipe that they keep open', async () => {
    const result = await run('sleep 1000 & echo done');
    assert.deepEqual([result.ended, result.exitCode, result.output], ['exited', 0, 'done\n']);
  });

  it('kills processes that left its process group, even with an empty environment', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const result = await run('setsid sh -c "setsid sleep 1000 &" & env -i setsid sleep 1000 & echo done');
    assert.deepEqual([result.ended, result.output], ['exited', 'done\n']);
  });

  it('limits endless output in memory and time', async () => {
    const result = await run('yes');
    assert.equal(result.ended, 'output');
    assert.ok(result.output.length < 31_000);
    assert.match(result.output, /\n… \d+ bytes of output cut …\n/);
    assert.ok(result.outputBytes > 30_000 * 32);
  });

  it('ends at once on cancellation', async () => {
    const controller = new AbortController();
    const running = run('echo > started; sleep 1000', { signal: controller.signal });
    await started();
    controller.abort();
    assert.equal((await running).ended, 'cancelled');
  });

  it('ends at once if it is cancelled while it starts', async () => {
    const controller = new AbortController();
    const running = run('sleep 1000', { signal: controller.signal });
    controller.abort();
    assert.equal((await running).ended, 'cancelled');
  });

  it('kills every child on cancellation, including daemons and forks', async function () {
    if (!existsSync('/proc/self/stat')) this.skip();
    const controller = new AbortController();
    // A child of the shell, a daemon whose parents have ended, one in another folder, one that forks for ever.
    const running = run(
      `sleep 1000 & setsid sh -c 'setsid sh -c "cd /; echo > ${folder}/daemon; sleep 1000" &'
      setsid sh -c 'while :; do sleep 0.01 & wait; done' & env -i setsid sleep 1000 & echo > started; wait`,
      { signal: controller.signal },
    );
    await started();
    await eventually(() => existsSync(join(folder, 'daemon')), 'the daemon runs');
    controller.abort();
    assert.equal((await running).ended, 'cancelled');
  });

  it('does not start if it is already cancelled', async () => {
    const result = await run('echo > started', { signal: AbortSignal.abort() });
    assert.deepEqual([result.ended, existsSync(join(folder, 'started'))], ['cancelled', false]);
  });

  it('fails if its folder does not exist', async () => {
    await assert.rejects(run('true', { folder: join(folder, 'missing') }), EnvironmentError);
  });

  it('dies with the process that started it', async () => {
    const id = randomUUID();
    ids.push(id);
    const module = new URL('../../src/sandbox/run-command.ts', import.meta.url).href;
    const request = { command: 'echo > started; sleep 1000', folder, id, env, timeoutMs: 20_000 };
    const script = `import { runCommand } from ${JSON.stringify(module)};
      await runCommand({ ...${JSON.stringify(request)}, outputLimitBytes: 1000 });`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const parent = spawn(process.execPath, args, { stdio: 'inherit' });
    const gone = once(parent, 'exit');
    await started();
    parent.kill('SIGKILL');
    await gone;
    const left = () => findCommandProcesses({ leader: null, id, folder }, new Set());
    await eventually(() => left().length === 0, 'the command ends');
  });
});

describe('a command that is not found', () => {
  const table: readonly [number, string, boolean][] = [
    [127, 'sh: 1: mocha: not found', true],
    [127, '> shop@1.0.0 test\n> mocha\n\nsh: line 1: mocha: command not found\n', true],
    [127, '/bin/sh: mocha: not found', true],
    [127, 'bash: Zeile 1: mocha: Kommando nicht gefunden.', true],
    [127, "env: 'python9': No such file or directory", true],
    [2, 'make: pytst: No such file or directory\nmake: *** [Makefile:2: test] Error 127\n', true],
    [
      2,
      '/bin/sh: 1: pytst: not found\nmake[1]: *** [Makefile:2: test] Error 127\nmake: *** [all] Error 2',
      true,
    ],
    [2, 'gmake: pytst: Kommando nicht gefunden\ngmake: *** [Makefile:2: test] Fehler 127', true],
    [2, '127 failing\nmake: *** [Makefile:2: test] Error 127', false],
    [2, 'make: pytst: No such file or directory\nmake: [Makefile:2: lint] Error 127 (ignored)', false],
    [127, '127 failing', false],
    [1, 'sh: 1: mocha: not found', false],
  ];
  for (const [exitCode, output, expected] of table) {
    it(`${exitCode} ${JSON.stringify(output)}`, () =>
      assert.equal(isCommandNotFound(exitCode, output), expected));
  }
});

describe('bounded output', () => {
  function through(limit: number, chunks: readonly Buffer[]): string {
    const output = new BoundedOutput(limit);
    for (const chunk of chunks) output.add(chunk);
    return output.text();
  }

  it('is complete up to the limit, including a character split between chunks', () => {
    const bytes = Buffer.from('aé😀z'.repeat(10));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    assert.equal(through(bytes.length, chunks), bytes.toString());
  });

  it('keeps both ends and whole characters, and counts the removed part', () => {
    const text = '😀'.repeat(100);
    for (let limit = 30; limit < 50; limit += 1) {
      const kept = through(limit, [Buffer.from(text)]);
      const [head = '', tail = ''] = kept.split(/\n… \d+ bytes of output cut …\n/);
      assert.match(head + tail, /^(?:😀)+$/u);
      const cut = Number(/… (\d+) bytes/.exec(kept)?.[1]);
      assert.equal(Buffer.byteLength(head + tail) + cut, 400);
    }
  });

  it('keeps only whole lines beside the cut, since half a secret would not be recognised', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `token-${index}`);
    for (let limit = 200; limit < 230; limit += 1) {
      const kept = through(limit, [Buffer.from(lines.join('\n'))]).split('\n');
      const whole = kept.filter((line) => line !== '' && !line.startsWith('…'));
      assert.ok(whole.length > 10 && whole.every((line) => lines.includes(line)), kept.join('|'));
    }
  });

  it('drops NUL, and replaces invalid UTF-8 by U+FFFD', () => {
    assert.equal(through(100, [Buffer.from([0x61, 0, 0xff, 0x62])]), 'a\uFFFDb');
  });
});
