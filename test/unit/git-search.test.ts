import assert from 'node:assert/strict';
import { useStore } from '../support/store.js';

describe('searching the git store', () => {
  const { store, imported } = useStore();

  const files = {
    'src/a.ts': 'one\nfoo(1)\n',
    'src/deep/b.ts': 'foo(2)\n',
    'c\nd.md': 'foo(3)\n',
    'bin.dat': Buffer.from('\0foo('),
    '{x}/e.txt': 'foo[4]\n',
    'min.js': `foo(${'x'.repeat(5000)}`,
  };

  it('finds matches with path, line number and text', async () => {
    const { base } = await imported(files);
    const result = await store().search(base, { pattern: 'foo(', limit: 10 });
    assert.ok(result.kind === 'found');
    assert.equal(result.more, false);
    const short = result.matches.filter(({ path }) => path !== 'min.js');
    assert.deepEqual(short, [
      { path: 'c\nd.md', line: 1, text: 'foo(3)' },
      { path: 'src/a.ts', line: 2, text: 'foo(1)' },
      { path: 'src/deep/b.ts', line: 1, text: 'foo(2)' },
    ]);
    assert.equal(result.matches.find(({ path }) => path === 'min.js')?.text.length, 500);
  });

  const globs: readonly (readonly [string, readonly string[]])[] = [
    ['*.ts', ['src/a.ts', 'src/deep/b.ts']],
    ['src/*.ts', ['src/a.ts']],
    ['src', ['src/a.ts', 'src/deep/b.ts']],
    ['src/', ['src/a.ts', 'src/deep/b.ts']],
    ['src/{a,deep/b}.ts', ['src/a.ts', 'src/deep/b.ts']],
    ['*.{md,ts}', ['c\nd.md', 'src/a.ts', 'src/deep/b.ts']],
    ['{x}', ['{x}/e.txt']],
    [':!src', []],
    [':(top)src', []],
  ];
  for (const [glob, paths] of globs) {
    it(`searches only files that match ${glob}`, async () => {
      const { base } = await imported(files);
      const result = await store().search(base, { pattern: 'foo', glob, limit: 10 });
      assert.ok(result.kind === 'found');
      assert.deepEqual(
        result.matches.map(({ path }) => path),
        paths,
      );
    });
  }

  it('accepts regular expressions, and says if there are more matches', async () => {
    const { base } = await imported(files);
    const result = await store().search(base, { pattern: String.raw`^foo\(\d\)$`, regex: true, limit: 2 });
    assert.ok(result.kind === 'found');
    assert.equal(result.matches.length, 2);
    assert.equal(result.more, true);
  });

  it('accepts a pattern that looks like an option', async () => {
    const { base } = await imported({ a: '--help\n' });
    const result = await store().search(base, { pattern: '--help', limit: 2 });
    assert.deepEqual(result, {
      kind: 'found',
      matches: [{ path: 'a', line: 1, text: '--help' }],
      more: false,
    });
  });

  for (const query of [
    { pattern: 'a(', regex: true },
    { pattern: '' },
    { pattern: 'a\nb' },
    { pattern: 'a', glob: '../x' },
    { pattern: 'a', glob: '/etc' },
  ]) {
    it(`explains what is wrong with ${JSON.stringify(query)}`, async () => {
      const { base } = await imported();
      const result = await store().search(base, { ...query, limit: 1 });
      assert.equal(result.kind, 'invalid');
    });
  }

  it('explains that a pattern is too long to start git with it', async () => {
    const { base } = await imported();
    // Linux starts no process with an argument of 128 KiB.
    const result = await store().search(base, { pattern: 'é'.repeat(70_000), limit: 1 });
    assert.deepEqual(result, { kind: 'invalid', reason: 'the pattern is longer than 16000 bytes' });
  });
});
