import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compileGlob, globProblem } from '../../src/plan/glob.js';
import { isTestFile, protectionOf, type ProtectionRules } from '../../src/protection/protected-files.js';

describe('globs', () => {
  const table: [string, string[], string[]][] = [
    ['*.ts', ['a.ts', '.a.ts', '.ts'], ['a.tsx', 'src/a.ts']],
    ['**/*.spec.ts', ['a.spec.ts', 'x/y/.z/a.spec.ts'], ['a.spec.tsx', 'aspec.ts']],
    ['src/**', ['src/a', 'src/a/b.ts'], ['srcs/a', 'a/src/b']],
    ['src/**/b.ts', ['src/b.ts', 'src/x/y/b.ts'], ['src/xb.ts']],
    ['src/*', ['src/a'], ['src/a/b', 'src']],
    ['src/locked', ['src/locked', 'src/locked/a/b'], ['src/locked2', 'x/src/locked']],
    ['docs/', ['docs/a', 'docs/a/b'], ['docs']],
    ['?.md', ['a.md', '😀.md'], ['ab.md', '/.md']],
    ['{a,b/{c,d}}.ts', ['a.ts', 'b/c.ts', 'b/d.ts'], ['b.ts', 'c.ts']],
    ['[a-c]x[!0-9]', ['axz', 'cx-'], ['dxz', 'ax1', 'ax/']],
    ['[]x]', [']', 'x'], ['[', 'a']],
    ['\\*.\\{a\\}', ['*.{a}'], ['x.{a}', '*.a']],
    ['pages/\\[id\\].ts', ['pages/[id].ts'], ['pages/i.ts']],
    ['a.b+c(d)^$', ['a.b+c(d)^$'], ['aXb+c(d)^$', 'a.bbc(d)^$']],
    ['Ä*', ['Äb'], ['äb']],
  ];
  for (const [glob, hits, misses] of table) {
    it(glob, () => {
      const matches = compileGlob(glob);
      for (const path of hits) assert.ok(matches(path), `${glob} should match ${path}`);
      for (const path of misses) assert.ok(!matches(path), `${glob} should not match ${path}`);
    });
  }

  const invalid = [
    '',
    '/a',
    '!a',
    'a//b',
    './a',
    'a/../b',
    'a[',
    '[a-',
    '[z-a]',
    '{a',
    'a}',
    '{a}',
    'a**',
    'a\\',
    '[a/b]',
    '{a,b}'.repeat(9),
    'x'.repeat(1001),
  ];
  for (const glob of invalid) {
    it(`refuses ${glob.slice(0, 20) || 'an empty glob'}`, () => assert.notEqual(globProblem(glob), null));
  }

  it('match any path quickly, without backtracking', () => {
    const matches = compileGlob('**/*a*a*a*a*a*a*b/**/*a*a*a*b*/**/c');
    assert.equal(matches(`${'a'.repeat(2000)}/`.repeat(2)), false);
    assert.equal(matches('ab/'.repeat(1000)), false);
  });

  it('match any path with escaped characters, and throw no unexpected error', () => {
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/^\.{1,2}$|\//.test(text));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const path = names.join('/');
        assert.ok(compileGlob(path.replaceAll(/[^/]/gu, '\\$&'))(path));
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => void globProblem(text)));
  });
});

describe('protection', () => {
  const tests = [
    'a.test.ts',
    'src/cart.spec.js',
    'pkg/cart_test.go',
    'test_cart.py',
    'x/test_cart.py',
    'test/a',
    'a/tests/b/c.txt',
    'src/__tests__/x.tsx',
    'spec/models/user.rb',
    'shop/tests.py',
    'src/cart/tests.rs',
    'src/cart_tests.rs',
    'src/cart.tests.ts',
    'src/Cart.cy.tsx',
    'lib/cart_spec.rb',
    'Tests/cart.cs',
    'Shop.Tests/Fixture.cs',
    'CartTest.java',
    'CartTests.cs',
    'CartSpec.hs',
    'cart/testdata/cart.golden',
    'src/cart-test.js',
    'specs/a',
    'e2e/a',
    'features/cart.feature',
    't/cart.t',
    'src/__mocks__/fs.js',
    'src/__snapshots__/cart.snap',
    'src/snapshots/shop__tests__cart.snap',
    'web/home.spec.ts-snapshots/a.png',
    'src/__image_snapshots__/a.png',
    'tests.d/Cart.approved.txt',
    'src/Cart.Total.verified.json',
  ];
  const others = [
    'src/cart.ts',
    'testing.md',
    'src/contest.ts',
    'latest/a.ts',
    'attest_.ts',
    'test',
    'src/tests.ts',
    'api_spec.json',
    'src/contests.ts',
    'src/fastest.ts',
    'text/a',
    'Latest.md',
    'db-snapshots/a.sql',
    'approved.txt',
  ];

  it('recognises a test by its path', () => {
    for (const path of tests) assert.ok(isTestFile(path), path);
    for (const path of others) assert.ok(!isTestFile(path), path);
  });

  const base: ProtectionRules = {
    ...{ agent: 'backend', protect: null, mayChange: [], instructions: [], links: [] },
  };
  const table: [string, Partial<ProtectionRules>, boolean][] = [
    ['a test, from backend', {}, true],
    ['a test, from frontend', { agent: 'frontend' }, true],
    ['a test, from test', { agent: 'test' }, false],
    ['a test that the task may change', { mayChange: ['test/*.ts'] }, false],
    ['a test, if the task may change another one', { mayChange: ['test/b.ts'] }, true],
    ['a test, if nothing is protected', { protect: [] }, false],
    ['a test, if other files are protected', { protect: ['src/**'] }, false],
    ['a file that the plan protects, from test', { protect: ['**/a.ts'], agent: 'test' }, true],
    ['instructions, if nothing else is protected', { protect: [], instructions: ['a.ts'] }, true],
    ['instructions, from test', { agent: 'test', instructions: ['Test/A.ts'] }, true],
    ['instructions of another name', { protect: [], instructions: ['b.ts', 'st/a.ts'] }, false],
    ['instructions that may change', { instructions: ['a.ts'], mayChange: ['test/a.ts'] }, false],
    [
      'a file that the plan protects and the task may change',
      { protect: ['**/a.ts'], mayChange: ['test'] },
      false,
    ],
  ];
  for (const [what, rules, isProtected] of table) {
    it(`${isProtected ? 'protects' : 'does not protect'} ${what}`, () => {
      const reason = protectionOf({ ...base, ...rules })('test/a.ts');
      assert.equal(reason !== null, isProtected);
      if (reason !== null) assert.match(reason, /test\/a\.ts/);
    });
  }

  it('protects what a link in the place of instructions leads to, from every agent', () => {
    const links = [
      { link: 'AGENTS.md', path: 'docs/agents.md' },
      { link: 'web/RULES.md', path: 'docs/rules.md' },
      { link: 'README', path: 'docs/readme.md' },
    ];
    const rules: ProtectionRules = { ...base, agent: 'test', protect: [], instructions: ['RULES.md'], links };
    const protection = protectionOf(rules);
    for (const path of ['docs/agents.md', 'Docs/Agents.md', 'docs/rules.md'])
      assert.match(protection(path) ?? '', /is what the symbolic link .* leads to/, path);
    assert.equal(protection('docs/readme.md'), null);
    const lifted = protectionOf({ ...rules, mayChange: ['docs/agents.md'] });
    assert.equal(lifted('docs/agents.md'), null);
    assert.notEqual(lifted('docs/rules.md'), null);
  });

  it('does not protect source files', () => assert.equal(protectionOf(base)('src/a.ts'), null));
});
