import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { holdStack } from '../../src/local-stack/hold-stack.js';
import { temporalSettings } from '../../src/local-stack/temporal/temporal-settings.js';
import { runOf } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { creates } from '../support/model.js';
import { startScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { historyTexts } from '../support/history-texts.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

const run = promisify(execFile);

const UI = 'http://127.0.0.1:8233';
const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
/** Part of an error from the model's server, and so of an activity's failure. */
const WORDS = 'the marked words of a failure';

/** A run with encrypted payloads on a real Temporal server, and the ways to read them. */
describe('encrypted payloads', function () {
  this.timeout(120_000);
  let asked = 0;
  const { cli, up, scratch } = useCli({
    startModel: () =>
      startScriptedModel({
        answer: () =>
          asked++ === 0
            ? { status: { code: 500, type: 'api_error', message: WORDS } }
            : creates('price.txt', 'good\n'),
      }),
    up: () => {
      writeFileSync(file, key('old', 1), { mode: 0o600 });
      return keys;
    },
  });
  const file = join(scratch.path, 'keys');
  const keys = { LEADWRIGHT_ENCRYPTION_KEYS_FILE: file, LEADWRIGHT_TOKEN: 'the-token' };
  let settings: Record<string, string> = {};
  let histories = '';

  before(async () => {
    const { options } = makeProject(scratch.path, 'shop', [{ id: 'price', title: 'The price' }]);
    const ran = await cli.run(['run', ...options, '--id', 'shop', '--json'], keys);
    assert.equal(runOf(ran).status, 'completed', ran.stderr);
    const hold = await holdStack({ home: cli.home, env: { ...cli.env, ...keys }, needs: { worker: 'none' } });
    settings = temporalSettings(cli.home, hold.temporal);
    histories = (await historyTexts(hold)).join('\n');
    await hold.release({ wait: false });
  });

  it('hide their content from every reader of Temporal, failures included', () => {
    assert.match(histories, /"binary\/encrypted"/);
    assert.match(histories, /"encryption-key-id":"old"/);
    assert.match(histories, /"message":"Encoded failure"/);
    assert.ok(!histories.includes(WORDS));
    assert.doesNotMatch(histories, /taskId\\"/);
  });

  it('are shown by the temporal command through the codec, with the token', async () => {
    const codec = cli.start(['codec', '--port', '0', '--ui', UI, '--json'], keys);
    try {
      await codec.untilSaid(/"url": "[^"]+"/);
      const { url } = z.object({ url: z.string() }).parse(JSON.parse(codec.said()));
      const shown = await temporal('--codec-endpoint', url, '--codec-auth', 'Bearer the-token');
      const plain = shown.replaceAll(/"data": "([^"]*)"/g, (_all, data: string) =>
        Buffer.from(data, 'base64').toString(),
      );
      assert.ok(plain.includes(WORDS));
      assert.match(plain, /"taskId":"price"/);
    } finally {
      codec.process.kill('SIGINT');
    }
    assert.equal((await codec.done).code, 0);
  });

  /** The history of the task's workflow, as the `temporal` command prints it. */
  async function temporal(...options: readonly string[]): Promise<string> {
    const args = ['workflow', 'show', '--workflow-id', 'leadwright/shop/price'];
    const env = { PATH: process.env['PATH'], HOME: scratch.path, ...settings };
    const program = cli.env['TEMPORAL_CLI_PATH'] ?? assert.fail('a test has one');
    return (await run(program, [...args, '--output', 'json', ...options], { env })).stdout;
  }

  it('cannot be read by a command with other keys, or with invalid keys', async () => {
    const other = await cli.exits(3, ['status', 'shop'], { LEADWRIGHT_ENCRYPTION_KEYS: key('old', 2) });
    assert.match(other.stderr, /other LEADWRIGHT_ENCRYPTION_KEYS than yours/);
    const wrong = await cli.exits(3, ['status'], { LEADWRIGHT_ENCRYPTION_KEYS: 'old' });
    assert.match(wrong.stderr, /key 1 is not an id, a colon and 32 bytes in base64/);
    await cli.exits(3, ['codec'], {});
  });

  it('can be replayed, also after a change of the encryption key', async () => {
    await cli.exits(0, ['replay', '--run', 'shop'], keys);
    up.process.kill('SIGINT');
    await up.done;
    writeFileSync(file, `${key('new', 3)}\n${key('old', 1)}\n`, { mode: 0o600 });
    const rotated = await cli.exits(0, ['replay', '--run', 'shop'], keys);
    assert.match(rotated.stderr, /2 replayed, 0 would break/);
    writeFileSync(file, key('new', 3), { mode: 0o600 });
    const lost = await cli.exits(3, ['replay', '--run', 'shop'], keys);
    assert.match(lost.stdout + lost.stderr, /encrypted with the key "old"/);
  });
});

describe('a run with encrypted payloads', function () {
  this.timeout(120_000);
  const keys = { LEADWRIGHT_ENCRYPTION_KEYS: key('old', 1) };
  const { cli, model, scratch } = useCli();

  async function whileUp(env: Record<string, string>, act: () => Promise<unknown>): Promise<void> {
    const up = cli.start(['up'], env);
    try {
      await up.untilSaid(/Leadwright is up/);
      await act();
    } finally {
      up.process.kill('SIGINT');
      await up.done;
      // While a run is open, its stack goes on.
      await cli.run(['down', '--now'], env);
    }
  }

  it('waits under a stack without keys, which names the key, and continues once it is back', async () => {
    model.answers('Asks', [
      { tools: [{ name: 'ask_human', input: { question: 'Which price?' } }] },
      creates('price.txt', 'good\n', { on: 'answered' }),
    ]);
    const { options } = makeProject(scratch.path, 'shop', [{ id: 'a', title: 'Asks' }]);
    await whileUp(keys, () => cli.exits(1, ['run', ...options, '--id', 'shop'], keys));
    await whileUp({}, async () => {
      await cli.exits(0, ['answer', 'shop:a:1', 'This one.']);
      const log = () => readFileSync(join(cli.home, 'logs', 'worker.log'), 'utf8');
      await eventually(() => /encrypted with the key \\"old\\"/.test(log()), 'the worker names the key');
      assert.doesNotMatch(log(), /Unknown encoding/);
    });
    await whileUp(keys, () => cli.exits(0, ['watch', 'shop'], keys));
  });
});
