import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHARS_PER_TOKEN } from '../../src/codebase/repo-map.js';
import { testCli, type TestCli } from '../support/cli.js';
import { makeRepository, scratchFolder } from '../support/repository.js';

const SECRET = 'sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789';
const FILES = {
  'src/cart.ts': 'export class Cart {\n  total(): number {\n    return 0;\n  }\n}\n',
  'src/page.ts': "import { Cart } from './cart.js';\nexport const page = () => new Cart().total();\n",
  'src/keys.ts': `export const key = '${SECRET}';\n`,
  'test/cart.test.ts': "it('works', () => {});\n",
  'README.md': '# Shop\n',
  '.env': 'API_TOKEN=very-secret-value\n',
};

interface MapJson {
  readonly tokens: number;
  readonly files: readonly {
    readonly path: string;
    readonly symbols: readonly { readonly name: string; readonly kind: string; readonly line: number }[];
  }[];
}

describe('leadwright map', () => {
  const scratch = scratchFolder();
  let cli: TestCli;
  let repo: string;
  let first: string;

  before(async () => {
    cli = await testCli('http://127.0.0.1:9');
    const repository = makeRepository(join(scratch.path, 'shop'), { 'old.ts': 'export const old = 1;\n' });
    repo = repository.root;
    first = repository.head();
    repository.commit({ ...FILES, 'old.ts': null }, 'A shop');
  });
  after(async () => {
    await cli.remove();
    scratch.remove();
  });

  const map = async (...args: string[]): Promise<MapJson> =>
    JSON.parse((await cli.exits(0, ['map', '--repo', repo, '--json', ...args])).stdout) as MapJson;

  it('lists the files that matter for a task, with lines of what they define, and starts no stack', async () => {
    const { tokens, files } = await map('--text', 'Sum the cart');
    assert.equal(files[0]?.path, 'src/cart.ts');
    assert.deepEqual(files[0].symbols, [
      { name: 'Cart', kind: 'class', line: 1 },
      { name: 'total', kind: 'method', line: 2 },
    ]);
    assert.ok(tokens > 10 && tokens < 200);
    const { stdout: printed } = await cli.exits(0, ['map', '--repo', repo, '--text', 'Sum the cart']);
    assert.ok(printed.startsWith('src/cart.ts\n  1 export class Cart {\n  2 total(): number {\n'));
    assert.ok(!existsSync(join(cli.home, 'stack.json')), 'no stack was started');
  });

  it('shows no secret and no line of a secret file', async () => {
    const { stdout: printed } = await cli.exits(0, ['map', '--repo', repo, '--text', 'Rotate the key']);
    assert.match(printed, /src\/keys\.ts\n {2}1 export const key = '\[redacted:/);
    assert.doesNotMatch(printed, /very-secret-value|sk-ant|API_TOKEN/);
  });

  it('takes a file with the text, an older commit and a budget', async () => {
    const text = join(scratch.path, 'task.md');
    writeFileSync(text, 'Sum the cart\n\nAll of it.\n');
    assert.equal((await map('--text-file', text)).files[0]?.path, 'src/cart.ts');
    assert.deepEqual(
      (await map('--at', first)).files.map(({ path }) => path),
      ['old.ts'],
    );
    const { stdout: small } = await cli.exits(0, ['map', '--repo', repo, '--tokens', '20']);
    assert.ok(small.length <= 20 * CHARS_PER_TOKEN);
    assert.deepEqual((await map('--tokens', '1')).files, []);
  });

  it('gives the most used files without a text', async () => {
    const { files } = await map();
    assert.equal(files[0]?.path, 'src/cart.ts');
  });

  it('refuses bad usage with exit code 2, and a missing repository with 3', async () => {
    await cli.exits(2, ['map', '--repo', repo, '--at', 'no-such-branch']);
    await cli.exits(2, ['map', '--repo', repo, '--tokens', 'many']);
    await cli.exits(2, ['map', '--repo', repo, '--text', 'a', '--text-file', 'b']);
    await cli.exits(2, ['map', '--repo', repo, '--text-file', join(scratch.path, 'none.md')]);
    const { stderr: endless } = await cli.exits(2, ['map', '--repo', repo, '--text-file', '/dev/zero']);
    assert.match(endless, /--text-file is longer than \d+ bytes, or has no end: \/dev\/zero/);
    const pipe = join(scratch.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { stderr: unwritten } = await cli.exits(2, ['map', '--repo', repo, '--text-file', pipe]);
    assert.match(unwritten, /--text-file cannot be read: it is a named pipe, and nothing writes to it/);
    await cli.exits(3, ['map', '--repo', join(scratch.path, 'nowhere')]);
  });
});
