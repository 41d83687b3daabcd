import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ShownFiles, type CommitReader } from '../../src/agent/shown-files.js';
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
      'src/other.go': 'package shop\n\nfunc (o *Order) total() int {\n\treturn 2\n}\n',
      'src/stock.ts': 'export class Stock {\n  total(): number {\n    return 3;\n  }\n}\n',
      'src/main.ts': "import { Cart } from './cart.js';\n\nconsole.log(new Cart().total());\n",
      'src/line.ts': 'export interface Line { text: string; count: number }\n',
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
    [
      'src/line.ts',
      '1\tinterface\texport interface Line { text: string; count: number }\n1\tproperty\ttext\n1\tproperty\tcount',
    ],
    ['readme.md', 'there is no outline of readme.md: it is in no language that is parsed'],
    ['image.ts', 'image.ts is not text (4 bytes)'],
    ['src/missing.ts', 'Error: there is no file "src/missing.ts".'],
    ['src', 'Error: "src" is a folder: list_files shows it.'],
    ['../cart.ts', 'there is no file "../cart.ts". Files of this name: "src/cart.ts"'],
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
      'Defined:\nsrc/cart.ts:2: method total = (): number => 1;\nsrc/other.go:3-5: method func (o *Order) total() int {\nsrc/stock.ts:2-4: method total(): number {\nUsed:\nsrc/main.ts:3: console.log(new Cart().total());',
    );
    assert.deepEqual(shown, ['src/cart.ts', 'src/other.go', 'src/stock.ts', 'src/main.ts']);
  });

  it('say that nothing has a name, and that a library may define it', async () => {
    assert.match((await seen('find_symbol', { name: 'Nothing' })).text, /^nothing has this name/);
    const { text, shown } = await seen('find_symbol', { name: 'console' });
    assert.match(text, /^No definition found[^\n]*\nUsed:\nsrc\/main\.ts:3/);
    assert.deepEqual(shown, ['src/main.ts']);
  });

  it('look up the last part of a name with its owner, and say so', async () => {
    for (const name of ['Cart.total', 'shop::Cart::total()', 'Cart#total']) {
      const { text } = await seen('find_symbol', { name });
      assert.match(
        text,
        /^Nothing is called [^\n]*This is total of Cart, and the uses of any total\.\nDefined:\n/,
      );
      assert.match(text, /\nsrc\/cart\.ts:2: method total[^\n]*\nUsed:\nsrc\/main\.ts:3/, name);
      assert.doesNotMatch(text, /other\.go|stock\.ts/);
    }
    assert.match(
      (await seen('find_symbol', { name: 'Order.total' })).text,
      /\nsrc\/other\.go:3-5: [^\n]*total/,
    );
    const { text } = await seen('find_symbol', { name: 'Unknown.total' });
    assert.match(
      text,
      /This is every total, as no owner of that name is known\.\nDefined:\n[^]*other\.go[^]*stock/,
    );
    assert.match((await seen('find_symbol', { name: 'Cart.nothing' })).text, /^nothing has this name/);
  });

  it('bound their answers', async () => {
    const outline = await seen('outline', { path: 'many.ts' });
    assert.ok(outline.text.length < 20_000);
    assert.match(outline.text, /\n… and \d+ more; read on with read_file$/);
    const found = await seen('find_symbol', { name: 'Cart' });
    assert.ok(found.text.length < 20_000);
    assert.match(found.text, /\n… and \d+ more/);
  });

  it('keep one file in memory at a time while they look at the places of a name', async () => {
    setFlagsFromString('--expose-gc');
    const text = Buffer.from(`${'abc\n'.repeat(500_000)}return cart.total();\n`);
    const places = Array.from({ length: 6 }, (_, at) => ({ path: `f${10 + at}.ts`, line: 500_001 }));
    const heap: number[] = [];
    const reader: CommitReader = {
      listTree: () => Promise.resolve([]),
      search: () => Promise.reject(new Error('not used')),
      lookUp: () => Promise.resolve({ kind: 'file', sha: '', executable: false }),
      readFile: () => Promise.reject(new Error('not used')),
      readBlob: () => {
        runInNewContext('gc()');
        heap.push(process.memoryUsage().heapUsed);
        return Promise.resolve(text);
      },
    };
    const { text: found, shown } = await runRead(
      new ShownFiles(reader, base, createRedactor()),
      'find_symbol',
      { name: 'total' },
      {
        ...index.at(store(), base),
        find: () =>
          Promise.resolve({
            definitions: places.map((place) => ({
              ...place,
              ...{ name: 'total', kind: 'function' as const, endLine: place.line, signature: 'total()' },
            })),
            references: places,
            instead: null,
          }),
      },
    );
    assert.deepEqual(
      shown,
      places.map(({ path }) => path),
    );
    assert.equal(found.match(/:500001: /g)?.length, 12);
    const [first = 0] = heap;
    assert.ok(Math.max(...heap) - first < 10e6, `${Math.round((Math.max(...heap) - first) / 1e6)} MB more`);
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
