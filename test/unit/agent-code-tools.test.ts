import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ShownFiles } from '../../src/agent/shown-files.js';
import { CodeIndex } from '../../src/codebase/code-index.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { runRead } from '../support/read-tools.js';
import { useStore } from '../support/store.js';

const TOKEN = `ghp_${'aB3dE6gH9jK2'.repeat(3)}`;

describe('the tools outline and find_symbol', function () {
  this.timeout(60_000);
  const { store, folder, imported } = useStore();
  let index: CodeIndex;
  let base: CommitSha;
  before(async () => {
    index = new CodeIndex(join(folder(), 'code-index'));
    ({ base } = await imported({
      'src/cart.ts': 'export class Cart {\n  total = (): number => 1;\n}\nexport const LIMIT = 3;\n',
      'src/main.ts': "import { Cart } from './cart.js';\n\nconsole.log(new Cart().total());\n",
      'src/empty.ts': '// nothing yet\n',
      'src/keys.ts': `export const leaked = '${TOKEN}';\nexport const other = ${TOKEN};\nuse(leaked, '${TOKEN}');\n`,
      '.env.ts.env': 'class Hidden {}\n',
      [`notes/${TOKEN}.ts`]: 'export class Named {}\n',
      'readme.md': 'Cart\n',
      'image.ts': Buffer.from([0x89, 0x50, 0, 1]),
      'many.ts': Array.from(
        { length: 1_000 },
        (_, at) => `export function name${at}(argument: string): string { return Cart + argument; }\n`,
      ).join(''),
    }));
  });
  after(() => index.close());

  const seen = (name: string, input: object) =>
    runRead(new ShownFiles(store(), base, createRedactor()), name, input, index.at(store(), base));

  it('list what a file defines', async () => {
    const { text, shown } = await seen('outline', { path: 'src/cart.ts' });
    assert.equal(
      text,
      '1-3\tclass\texport class Cart {\n2\tmethod\ttotal = (): number => 1;\n4\tconstant\texport const LIMIT = 3;',
    );
    assert.deepEqual(shown, ['src/cart.ts']);
  });

  const OUTLINES: readonly (readonly [string, string])[] = [
    ['src/empty.ts', 'src/empty.ts defines nothing'],
    ['readme.md', 'there is no outline of readme.md: it is in no language that is parsed'],
    ['image.ts', 'image.ts is not text (4 bytes)'],
    ['src/missing.ts', 'Error: there is no file "src/missing.ts".'],
    ['src', 'Error: there is no file "src".'],
    ['../cart.ts', 'Error: there is no file "../cart.ts".'],
    [
      '.env.ts.env',
      'Error: ".env.ts.env" looks like an environment file; secrets are not shown. If the task needs one, ask a person.',
    ],
  ];
  for (const [path, expected] of OUTLINES) {
    it(`say what there is to say of ${path}`, async () => {
      assert.equal((await seen('outline', { path })).text, expected);
    });
  }

  it('find definitions and references, and show their lines', async () => {
    const { text, shown } = await seen('find_symbol', { name: 'total' });
    assert.equal(
      text,
      'Defined:\nsrc/cart.ts:2: method total = (): number => 1;\nUsed:\nsrc/main.ts:3: console.log(new Cart().total());',
    );
    assert.deepEqual(shown, ['src/cart.ts', 'src/main.ts']);
  });

  it('say that nothing has a name, and that a library may define it', async () => {
    assert.match((await seen('find_symbol', { name: 'Nothing' })).text, /^nothing has this name/);
    const { text, shown } = await seen('find_symbol', { name: 'console' });
    assert.match(text, /^No definition found[^\n]*\nUsed:\nsrc\/main\.ts:3/);
    assert.deepEqual(shown, ['src/main.ts']);
  });

  it('bound their answers', async () => {
    const outline = await seen('outline', { path: 'many.ts' });
    assert.ok(outline.text.length < 20_000);
    assert.match(outline.text, /\n… and \d+ more; read on with read_file$/);
    const found = await seen('find_symbol', { name: 'Cart' });
    assert.ok(found.text.length < 20_000);
    assert.match(found.text, /\n… and \d+ more/);
  });

  it('show no secret: not in lines, not in paths, not of secret files', async () => {
    const texts = await Promise.all([
      seen('outline', { path: 'src/keys.ts' }),
      ...['leaked', 'other', 'use', 'Named', 'Hidden', TOKEN].map((name) => seen('find_symbol', { name })),
    ]);
    for (const { text } of texts) assert.doesNotMatch(text, /aB3dE6|Named \{|Hidden \{/);
    const [outline, leaked] = texts;
    assert.match(outline.text, /^1\tconstant\tleaked\n2\tconstant\tother$/);
    assert.match(
      leaked?.text ?? '',
      /^Defined:\nsrc\/keys\.ts:1: constant leaked\nUsed:\nsrc\/keys\.ts:3: use\(leaked, '\[redacted/,
    );
    for (const name of ['Named', 'Hidden', TOKEN])
      assert.match((await seen('find_symbol', { name })).text, /^nothing has this name/);
  });
});
