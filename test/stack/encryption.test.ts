import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { holdStack } from '../../src/local-stack/hold-stack.js';
import { runOf, testCli, type Running, type TestCli } from '../support/cli.js';
import { creates } from '../support/model.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { historyTexts } from '../support/history-texts.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

const run = promisify(execFile);

const UI = 'http://127.0.0.1:8233';
const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
/** In an error of the model's server, and so in a failure of an activity. */
const WORDS = 'the marked words of a failure';

/** A run whose payloads are encrypted, on a real Temporal; then the ways to read them. */
describe('encrypted payloads', function () {
  this.timeout(120_000);
  const scratch = scratchFolder();
  const file = join(scratch.path, 'keys');
  const keys = { LEADWRIGHT_ENCRYPTION_KEYS_FILE: file, LEADWRIGHT_TOKEN: 'the-token' };
  let model: ScriptedModel;
  let cli: TestCli;
  let up: Running;
  let address = '';
  let histories = '';

  before(async () => {
    writeFileSync(file, key('old', 1), { mode: 0o600 });
    let asked = 0;
    model = await startScriptedModel({
      answer: () =>
        asked++ === 0
          ? { status: { code: 500, type: 'api_error', message: WORDS } }
          : creates('price.txt', 'good\n'),
    });
    cli = await testCli(model.url);
    up = cli.start(['up'], keys);
    await up.untilSaid(/Leadwright is up/);
    const { options } = makeProject(scratch.path, 'shop', [{ id: 'price', title: 'The price' }]);
    const ran = await cli.run(['run', ...options, '--id', 'shop', '--json'], keys);
    assert.equal(runOf(ran).status, 'completed', ran.stderr);
    const hold = await holdStack({ home: cli.home, env: { ...cli.env, ...keys }, needs: { worker: 'none' } });
    ({ address } = hold.temporal);
    histories = (await historyTexts(hold)).join('\n');
    await hold.release({ wait: false });
  });
  after(async () => {
    up.process.kill('SIGINT');
    await up.done;
    await cli.remove();
    await model.close();
    scratch.remove();
  });

  it('show nothing to whoever reads Temporal, failures included', () => {
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
    const args = ['workflow', 'show', '--workflow-id', 'leadwright/shop/price', '--address', address];
    const env = { PATH: process.env['PATH'], HOME: scratch.path };
    const program = cli.env['TEMPORAL_CLI_PATH'] ?? assert.fail('a test has one');
    return (await run(program, [...args, '--output', 'json', ...options], { env })).stdout;
  }

  it('are refused to a command with other keys, or with keys that cannot be used', async () => {
    const other = await cli.run(['status', 'shop'], { LEADWRIGHT_ENCRYPTION_KEYS: key('old', 2) });
    assert.equal(other.code, 3);
    assert.match(other.stderr, /other LEADWRIGHT_ENCRYPTION_KEYS than yours/);
    const wrong = await cli.run(['status'], { LEADWRIGHT_ENCRYPTION_KEYS: 'old' });
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /key 1 is not an id, a colon and 32 bytes in base64/);
    const none = await cli.run(['codec'], {});
    assert.equal(none.code, 3);
  });

  it('are replayed, also when a newer key encrypts', async () => {
    const replayed = await cli.run(['replay', '--run', 'shop'], keys);
    assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
    up.process.kill('SIGINT');
    await up.done;
    writeFileSync(file, `${key('new', 3)}\n${key('old', 1)}\n`, { mode: 0o600 });
    const rotated = await cli.run(['replay', '--run', 'shop'], keys);
    assert.equal(rotated.code, 0, rotated.stdout + rotated.stderr);
    assert.match(rotated.stderr, /2 replayed, 0 would break/);
    writeFileSync(file, key('new', 3), { mode: 0o600 });
    const lost = await cli.run(['replay', '--run', 'shop'], keys);
    assert.equal(lost.code, 3);
    assert.match(lost.stdout + lost.stderr, /encrypted with the key "old"/);
  });
});
