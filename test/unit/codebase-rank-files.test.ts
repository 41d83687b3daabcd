import assert from 'node:assert/strict';
import { CommitCompiler } from '../../src/codebase/commit-compiler.js';
import { NO_FACTS, type FileFacts } from '../../src/codebase/file-facts.js';
import { subjectOf } from '../../src/codebase/file-links.js';
import { rankFiles, type RankedTask } from '../../src/codebase/rank-files.js';
import { stemOf } from '../../src/codebase/terms.js';
import type { PastCommit } from '../../src/git/user/change-log.js';

interface TestFile {
  readonly defines?: readonly string[];
  readonly uses?: readonly string[];
  readonly words?: readonly string[];
}

const factsOf = ({ defines = [], uses = [], words = [] }: TestFile): FileFacts => ({
  language: 'typescript',
  symbols: defines.map((name, at) => ({
    ...{ name, kind: 'function', line: at + 1, endLine: at + 1 },
    signature: `function ${name}()`,
  })),
  references: { texts: uses, counts: uses.map(() => 1) },
  words: { texts: words, counts: words.map(() => 2) },
});

/** Files that say nothing, among which others are to be found. */
const CROWD = Object.fromEntries(
  Array.from({ length: 30 }, (_, at) => [`lib/part${String.fromCharCode(97 + (at % 26))}${at}/x.ts`, {}]),
);

async function rank(
  files: Readonly<Record<string, TestFile>>,
  task: Partial<RankedTask>,
  history: readonly PastCommit[] = [],
): Promise<string[]> {
  const facts = new Map(Object.entries({ ...CROWD, ...files }).map(([path, file]) => [path, factsOf(file)]));
  const commit = await new CommitCompiler().compile(facts, history);
  return rankFiles(commit, { text: '', files: [], test: '', ...task }).map(({ path }) => path);
}

describe('the ranking of files', () => {
  it('finds a task’s words in paths, names and texts, in any form of the word', async () => {
    const files = {
      'src/cache-store.ts': {},
      'src/a.ts': { defines: ['invalidateCaches'] },
      'src/b.ts': { words: ['cached', 'entry'] },
    };
    assert.deepEqual((await rank(files, { text: 'Caching is broken' })).slice(0, 3).sort(), [
      ...['src/a.ts', 'src/b.ts', 'src/cache-store.ts'],
    ]);
  });

  it('finds compound words, however they are written', async () => {
    const files = { 'src/websocket.ts': {}, 'src/web/index.ts': {} };
    assert.equal((await rank(files, { text: 'Close a web socket' }))[0], 'src/websocket.ts');
    assert.equal(
      (await rank({ 'src/parse-args.ts': {} }, { text: 'parseArgs fails' }))[0],
      'src/parse-args.ts',
    );
  });

  it('puts files first that the task asks for, then those that it or its test command names', async () => {
    const files = {
      'src/cart.ts': {},
      'src/zzz.ts': {},
      'test/deep/other.check.ts': {},
      'src/cart-view.ts': {},
    };
    const ranked = await rank(files, {
      text: 'Sum the cart',
      files: ['src/zzz.ts'],
      test: 'npm test -- test/deep/other.check.ts',
    });
    assert.equal(ranked[0], 'src/zzz.ts');
    assert.ok(ranked.indexOf('test/deep/other.check.ts') < 4);
    assert.equal(
      (await rank(files, { text: 'Look at `test/deep/other.check.ts`.' }))[0],
      'test/deep/other.check.ts',
    );
  });

  it('follows references, in both directions', async () => {
    const files = {
      'src/cart.ts': { defines: ['Cart'], uses: ['Money'] },
      'src/value.ts': { defines: ['Money'] },
      'src/page.ts': { defines: ['page'], uses: ['Cart'] },
    };
    const ranked = await rank(files, { text: 'Sum the cart' });
    assert.deepEqual(
      [ranked[0], ...ranked.slice(1, 3).sort()],
      ['src/cart.ts', 'src/page.ts', 'src/value.ts'],
    );
  });

  it('finds the test of a file, whatever a language calls it', async () => {
    const files = { 'src/cart.py': {}, 'tests/unit/test_cart.py': {} };
    assert.deepEqual(
      (await rank(files, { text: 'Sum the cart' })).slice(0, 2).sort(),
      Object.keys(files).sort(),
    );
    for (const path of ['test/cart.test.ts', 'CartTest.java', 'cart_test.go', 'test_cart.py', 'cart-spec.rb'])
      assert.equal(subjectOf(path), 'cart', path);
    assert.equal(subjectOf('src/latest.ts'), 'latest');
  });

  it('learns from the past what changes together, and for which words', async () => {
    const files = { 'src/cart.ts': {}, 'docs/prices.md': {}, 'src/vat.ts': {} };
    const history = [
      { message: 'Round half up', paths: ['src/cart.ts', 'docs/prices.md'] },
      { message: 'Discounts', paths: ['src/cart.ts', 'docs/prices.md'] },
      { message: 'Tax by country', paths: ['src/vat.ts'] },
    ];
    assert.deepEqual((await rank(files, { text: 'Empty the cart' }, history)).slice(0, 2), [
      'src/cart.ts',
      'docs/prices.md',
    ]);
    assert.equal((await rank(files, { text: 'Another country' }, history))[0], 'src/vat.ts');
  });

  it('gives the most central files without a text', async () => {
    const uses = { uses: ['readConfig'] };
    const files = { 'src/config.ts': { defines: ['readConfig'] }, 'a.ts': uses, 'b.ts': uses, 'c.ts': uses };
    assert.equal((await rank(files, {}))[0], 'src/config.ts');
  });

  it('ignores lines of a message that name people, addresses and numbers', async () => {
    const files = { 'src/ada.ts': {}, 'src/lovelace.ts': {}, 'src/cart.ts': {} };
    const text =
      'Sum the cart (#12)\n\nSee https://ada.example/lovelace\nCo-authored-by: Ada Lovelace <ada@lovelace.example>';
    assert.equal((await rank(files, { text }))[0], 'src/cart.ts');
  });

  it('ranks files of any name and size, and an empty repository', async () => {
    const files = {
      'a\nb/\u0000.ts': {},
      ['__proto__']: { defines: ['constructor', '__proto__'] },
      '"\\303".c': {},
    };
    const ranked = await rank(files, { text: 'constructor toString __proto__ '.repeat(9_000) });
    assert.equal(ranked.length, 33);
    for (const part of ['a', 'aB', 'a-', '.', '\n', 'a@', '-', ' \n', 'a/'])
      assert.equal((await rank(files, { text: part.repeat(20_000) })).length, 33);
    const empty = await new CommitCompiler().compile(new Map(), []);
    assert.deepEqual(rankFiles(empty, { text: 'x', files: ['y'], test: '' }), []);
    const binary = await new CommitCompiler().compile(new Map([['logo.png', NO_FACTS]]), []);
    assert.equal(rankFiles(binary, { text: 'The logo', files: [], test: '' })[0]?.path, 'logo.png');
  });

  it('gives the same order for the same commit, whatever was ranked before', async () => {
    const files = { 'src/cart.ts': { words: ['price'] }, 'src/price.ts': { words: ['cart'] } };
    const facts = new Map(Object.entries(files).map(([path, file]) => [path, factsOf(file)]));
    const task = { text: 'Prices in the cart', files: [], test: '' };
    const compiler = new CommitCompiler();
    const first = rankFiles(await compiler.compile(facts, []), task);
    rankFiles(
      await compiler.compile(new Map([...facts, ['z.ts', factsOf({ defines: ['other'] })]]), []),
      task,
    );
    assert.deepEqual(rankFiles(await compiler.compile(facts, []), task), first);
  });

  it('takes files by their paths once the others have too many names, and forgets those of other commits', async () => {
    const many = (name: string) =>
      new Map(
        Array.from({ length: 50 }, (_, file) => [
          `${name}/part${file}.ts`,
          factsOf({ defines: Array.from({ length: 100 }, (__, at) => `${name}${file}_${at}`) }),
        ]),
      );
    const compiler = new CommitCompiler({ terms: 2_000, versions: 1_000 });
    const first = many('first');
    const commit = await compiler.compile(first, []);
    const listed = (text: string) => rankFiles(commit, { text, files: [], test: '' })[0]?.path;
    assert.equal(listed('first3_5'), 'first/part3.ts');
    assert.equal(listed('Read part49.ts'), 'first/part49.ts');
    rankFiles(commit, { text: '', files: [], test: '' });
    assert.ok(commit.vocabulary.size < 2_500, String(commit.vocabulary.size));

    assert.equal((await compiler.compile(new Map(first), [])).vocabulary, commit.vocabulary);
    const other = await compiler.compile(many('other'), []);
    assert.ok(other.vocabulary.size < 2_500, String(other.vocabulary.size));
    assert.equal(rankFiles(other, { text: 'other3_5', files: [], test: '' })[0]?.path, 'other/part3.ts');
  });
});

describe('the stem of a word', () => {
  it('is equal for the forms of a word', () => {
    for (const forms of [
      ['cache', 'caches', 'cached', 'caching'],
      ['query', 'queries'],
      ['parse', 'parses', 'parser', 'parsing', 'parsed'],
      ['stop', 'stops', 'stopped', 'stopping'],
    ])
      assert.equal(
        new Set(forms.map(stemOf)).size,
        1,
        `${forms.join(', ')}: ${forms.map(stemOf).join(', ')}`,
      );
  });

  it('differs for different words', () => {
    for (const [one = '', other = ''] of [
      ['string', 'strict'],
      ['use', 'user'],
      ['class', 'clas'],
      ['status', 'state'],
    ])
      assert.notEqual(stemOf(one), stemOf(other));
  });
});
